"""Every failure as one line on the error stream, with the right exit code."""

from __future__ import annotations

import errno
import shlex
import traceback
from contextlib import suppress
from pathlib import Path

import typer
from typer.core import TyperGroup

__all__ = ["INTERRUPTED", "CommandGroup", "describe_failure", "describe_interruption"]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""

# Typer wants options of the group before the command; people put them where they think of them.
_ANYWHERE = frozenset({"--debug", "--quiet", "-q"})


def describe_interruption(folder: Path, begun: bool) -> str:
    """Say how an interrupted command goes on.

    Parameters
    ----------
    folder : Path
        Its ``--out``.
    begun : bool
        Whether it left finished work there.
    """
    if not begun:
        return "interrupted: nothing was written; repeat the same command to start again"
    place = shlex.quote(str(folder))
    return f"interrupted: to go on, repeat the same command with --out {place}"


class CommandGroup(TyperGroup):
    """Commands whose failures end as one readable line."""

    # Typer's own base class of contexts is private, so its public one narrows the arguments.
    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Let the options that all commands share stand behind the command too."""
        # What follows `--` is no option, as everywhere on a command line.
        end = args.index("--") if "--" in args else len(args)
        shared = [arg for arg in args[:end] if arg in _ANYWHERE]
        rest = [arg for arg in args[:end] if arg not in _ANYWHERE]
        return super().parse_args(ctx, shared + rest + args[end:])

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command; turn what it raises into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            typer.echo("interrupted", err=True)
            # Caught here, so that the exit code is that of shells with every version of Typer.
            raise typer.Exit(INTERRUPTED) from error
        except Exception as error:
            if _is_handled_by_typer(error):
                raise
            # The traceback first, so that the readable line is the last thing on the screen.
            if ctx.params.get("debug"):
                typer.echo(traceback.format_exc(), err=True, nl=False)
            # Who closed the error stream too hears nothing; the exit code still tells.
            with suppress(OSError):
                typer.echo(f"error: {describe_failure(error)}", err=True)
            raise typer.Exit(getattr(error, "exit_code", 1)) from error


def _is_handled_by_typer(error: Exception) -> bool:
    # Typer carries its own copy of Click in some versions and imports it in others.
    own = type(error).__module__.split(".")[0] in {"typer", "click"}
    return own or (isinstance(error, OSError) and error.errno == errno.EPIPE)


def describe_failure(error: Exception) -> str:
    """Say in one line what failed.

    Parameters
    ----------
    error : Exception
        What was raised.

    Examples
    --------
    >>> describe_failure(PermissionError(13, "Permission denied", "a/b"))
    'a/b: permission denied. Free space or permissions there, or choose another place.'
    >>> describe_failure(ZeroDivisionError("division by zero"))
    'unexpected ZeroDivisionError: division by zero. Repeat with --debug to see where.'
    """
    from neuropil.contracts import NeuropilError

    if isinstance(error, NeuropilError):
        return _join_lines(str(error))
    # The system's own words, such as No space left on device, need no traceback.
    if isinstance(error, OSError) and error.strerror:
        # Files that this package writes name themselves: what has no name is the standard output.
        place = f"{error.filename or 'standard output'}: "
        reason = f"{error.strerror[:1].lower()}{error.strerror[1:]}"
        return f"{place}{reason}. Free space or permissions there, or choose another place."
    if isinstance(error, MemoryError):
        detail = _join_lines(str(error)).rstrip(".")
        return f"not enough memory{f' ({detail})' if detail else ''}. Take less data at a time."
    what = f"unexpected {type(error).__name__}: {_join_lines(str(error)) or 'no message'}"
    return f"{what.rstrip('.')}. Repeat with --debug to see where."


def _join_lines(text: str) -> str:
    # One failure is one line, which logs and scripts can rely on.
    return " ".join(text.split())
