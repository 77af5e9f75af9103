"""The error tree, grouped by what the reader must do to go on."""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "DataUnavailableError",
    "InputError",
    "IntegrityError",
    "MissingDependencyError",
    "NeuropilError",
    "OutputError",
    "VersionError",
]


class NeuropilError(Exception):
    """Report what is wrong, where, and how to mend it, in one line.

    Parameters
    ----------
    what : str
        What was expected and what was found.
    where : str, optional
        File, line, column or name at fault.
    repair : str
        The next step that mends it.

    Examples
    --------
    >>> print(NeuropilError("expected 3 columns, found 2", where="a.csv, line 4", repair="Add it."))
    a.csv, line 4: expected 3 columns, found 2. Add it.
    """

    exit_code = 1

    def __init__(self, what: str, *, repair: str, where: str | None = None) -> None:
        self.what = what
        self.where = where
        self.repair = repair
        # Place first, as compilers write it.
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{what}. {repair}")


# A ValueError too: code that knows nothing of this tree, such as scikit-learn's, expects one.
class InputError(NeuropilError, ValueError):
    """Mend the data that were passed in: a value, a shape, a file's content."""


class ConfigError(NeuropilError, ValueError):
    """Mend a setting: an unknown name, a value out of range."""

    # As shells and Typer have it for wrong usage: a script can tell it from failed work.
    exit_code = 2


class DataUnavailableError(NeuropilError):
    """Bring the data: no folder, cache or connection has them."""


class IntegrityError(NeuropilError):
    """Fetch again: the bytes are not those that were published."""


class OutputError(NeuropilError, OSError):
    """Write elsewhere: the place is full, read-only or taken."""


class VersionError(NeuropilError):
    """Upgrade: the file is of a format newer than this installation reads."""


class MissingDependencyError(NeuropilError, ImportError):
    """Install an extra: an optional package is missing."""
