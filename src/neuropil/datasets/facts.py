"""Facts that a file must show once more when it is read."""

from __future__ import annotations

from collections.abc import Mapping

from neuropil.contracts import IntegrityError

__all__ = ["require_facts"]


def require_facts(facts: Mapping[str, bool], where: str) -> None:
    """Refuse data of which a published fact does not hold.

    Checksums guard the bytes; these facts guard how the bytes are read.

    Parameters
    ----------
    facts : mapping of str to bool
        Whether each holds, by its name.
    where : str
        The file.

    Raises
    ------
    IntegrityError
        When one does not; the message names those that do not.
    """
    wrong = [fact for fact, holds in facts.items() if not holds]
    if wrong:
        raise IntegrityError(
            f"expected the published data, these facts do not hold: {', '.join(wrong)}",
            where=where,
            repair="Fetch the file again; if it persists, report it.",
        )
