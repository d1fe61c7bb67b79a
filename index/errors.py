"""The errors a person can act on. Each is a code and values; the words are chosen where it is shown.

    ZhiwenError                 every error below; a command prints it and exits with `exit_code`
    ├── UserError        2      a wrong path, option, question or store: the user can put it right
    └── UnreadableFile   1      one file that cannot be read; a run reports it and goes on

Knows codes, exit codes and how an error is printed. The sentences stand in index/messages. Anything else that reaches a
command line is a bug: exit code 3.
"""

from __future__ import annotations

import errno
import io
import sys
import traceback
from collections.abc import Callable

from index.language import Language, sentence, text
from index.records import Problem, escape_controls

_BY_ERRNO = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EROFS: "read_only",
    errno.ENOENT: "no_such_file",
    errno.ENOTDIR: "no_such_file",
    errno.EISDIR: "is_a_folder",
    errno.ENAMETOOLONG: "name_too_long",
    errno.EMFILE: "too_many_open",
    errno.ENFILE: "too_many_open",
    errno.EADDRINUSE: "address_in_use",
    errno.EIO: "disk_failing",
}


class ZhiwenError(Exception):
    """A code and values, from which the message (what, and which file) and the hint (what to do next) are made.

    >>> from index.language import use_language
    >>> with use_language("en"):
    ...     UserError("asking.no_words", question="?!").message
    'The question holds no words: ?!'
    """

    exit_code = 3

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def words(self, chosen: Language | None = None) -> tuple[str, str]:
        """(message, hint) in a language, the listener's if none is named; "" for no hint."""
        return sentence(self.code, self.values, chosen)

    @property
    def message(self) -> str:
        """What went wrong, in the listener's language."""
        return self.words()[0]

    @property
    def hint(self) -> str:
        """What to do next, in the listener's language; "" if nothing is to be said."""
        return self.words()[1]

    def __str__(self) -> str:
        return self.message


class UserError(ZhiwenError):
    """The user can put this right."""

    exit_code = 2


class UnreadableFile(ZhiwenError):
    """One file that cannot be read."""

    exit_code = 1

    def problem(self, path: str) -> Problem:
        """The line of a report that names the file."""
        return Problem.of(path, self.code, **self.values)


def os_error(error: OSError, path: object = "") -> UserError:
    """An error of the operating system as a UserError whose hint suits its number."""
    named = path or error.filename or "stdout"
    key = _BY_ERRNO.get(error.errno or 0, "system_error")
    return UserError(f"system.{key}", path=named, reason=error.strerror or str(error))


def print_error(error: ZhiwenError) -> None:
    """Write an error as one line on stderr."""
    sys.stderr.write(f"zhiwen: {escape_controls('  '.join(part for part in error.words() if part))}\n")


def stopped() -> int:
    """Say in one line that Ctrl-C ended the command, and return its exit code."""
    sys.stderr.write(f"\nzhiwen: {text('system.stopped')}\n")
    return 130


def _ready_streams() -> None:
    """Make stdout escape what its encoding does not hold, and a closed stderr swallow what is written to it."""
    if sys.stderr is None:
        sys.stderr = io.StringIO()
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def run(command: Callable[[], int]) -> int:
    """The exit code of `command()`, with every error as one line on stderr."""
    _ready_streams()
    if sys.stdout is None:
        print_error(UserError("system.stdout_closed"))
        return 2
    try:
        return command()
    except ZhiwenError as error:
        print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return stopped()
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): nothing is left to say, and flushing would fail again.
        sys.stdout = io.StringIO()
        return 0
    except OSError as error:
        print_error(os_error(error))
        sys.stdout = io.StringIO()  # what could not be written must not be tried again at the end
        return 2
    except Exception:  # the edge: every other error is a bug, and says so
        sys.stderr.write(f"zhiwen: {text('system.bug')}\n{traceback.format_exc()}")
        return 3


def first_line(error: Exception) -> str:
    """What another library's error says, in one line of at most 200 characters."""
    return (str(error).strip().splitlines() or [error.__class__.__name__])[0][:200]
