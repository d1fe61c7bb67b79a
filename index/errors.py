"""What can go wrong, as sentences a person can act on.

    ZhiwenError                 every error below; the command lines print it and exit with `exit_code`
    ├── UserError        2      a wrong path, option, question or store: the user can put it right
    └── UnreadableFile   1      one file that cannot be taken in; a run reports it and goes on

Knows how each is told and which exit code it has. Anything else that reaches a command line is a bug: exit code 3.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable


class ZhiwenError(Exception):
    """A message (what, and which file) and a hint (what to do next)."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(ZhiwenError):
    """The user can put this right."""

    exit_code = 2


class UnreadableFile(ZhiwenError):
    """One file that cannot be taken in."""

    exit_code = 1


def run(command: Callable[[], int]) -> int:
    """The exit code of `command()`, with every error as one line on stderr."""
    if sys.stdout is None:
        sys.stderr.write("zhiwen: standard output is closed.  Send it to a file or a pipe.\n")
        return 2
    try:
        return command()
    except ZhiwenError as error:
        hint = f"  {error.hint}" if error.hint else ""
        sys.stderr.write(f"zhiwen: {error.message}{hint}\n".replace("\x00", "\\0"))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nzhiwen: stopped; the store is as it was before this command.\n")
        return 130
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): nothing is left to say, and flushing would fail again.
        sys.stdout = io.StringIO()
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"zhiwen: {place}{error.strerror or error}.  See that there is space, and the right to write.\n")
        sys.stdout = io.StringIO()  # what could not be written must not be tried again at the end
        return 2
    except Exception:  # the edge: every other error is a bug, and says so
        sys.stderr.write(f"zhiwen: this is a bug. Please report what follows.\n{traceback.format_exc()}")
        return 3


def first_line(error: Exception) -> str:
    """What another library's error says, in one line of at most 200 characters."""
    return (str(error).strip().splitlines() or [error.__class__.__name__])[0][:200]
