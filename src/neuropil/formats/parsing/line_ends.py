"""Whether a text ends with its last line whole: a number that was cut short is still a number."""

from __future__ import annotations

from neuropil.contracts import InputError

__all__ = ["check_ends_whole"]


def check_ends_whole(content: bytes, where: str, *, whole: bool = False) -> None:
    """Check that the last line of a text has its end.

    Parameters
    ----------
    content : bytes
        The text, or its last line.
    where : str
        File, and the number of its last line, for the error.
    whole : bool
        True accepts a last line without a line break.

    Raises
    ------
    InputError
        When the last line has no line break: ``370`` cut to ``3`` reads as any other number.
    """
    if whole or not content or content.endswith((b"\n", b"\r")):
        return
    last = content.splitlines()[-1][-40:].decode("latin-1")
    raise InputError(
        f"expected a line break at the end of the file, found {last!r}",
        where=where,
        repair="It may be truncated: copy it again, or read with whole=True if it is whole.",
    )
