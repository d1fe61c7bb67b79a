"""The prompt at which questions are typed: it edits lines and remembers them.

Knows readline, the file of the history and what ends the prompt. Does not know how a question is answered.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from index.language import text

_LEAVE = ("退出", "exit", "quit")
_MOST_LINES = 1000  # of the history


def prompted_lines() -> Iterator[str]:
    """The questions typed at the prompt, until an empty line, a word of leave or Ctrl-D. Ctrl-C clears the line."""
    history = _load_history()
    sys.stderr.write(f"{text('ask.welcome')}\n")
    while True:
        try:
            line = input(text("ask.prompt"))
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            continue
        if not line.strip() or line.strip().lower() in _LEAVE:
            return
        _remember(history)
        yield line


def _load_history() -> Path | None:
    """Let input() edit its line and recall earlier ones, and return the file of the history.

    None if this system cannot edit lines or the file cannot be kept, which is no error.
    """
    with contextlib.suppress(ImportError, OSError, RuntimeError):
        import readline

        readline.set_history_length(_MOST_LINES)
        named = Path(os.environ.get("XDG_STATE_HOME", ""))
        folder = (named if named.is_absolute() else Path("~/.local/state").expanduser()) / "zhiwen"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "history"
        # Questions are private: nobody else may read the file, not even for a moment.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)) as opened:
            os.fchmod(opened.fileno(), 0o600)
        readline.read_history_file(file)
        return file
    return None


def _remember(file: Path | None) -> None:
    """Append the last line to the file at once: a terminal that is closed loses nothing, and two prompts keep both."""
    if file is None:
        return
    with contextlib.suppress(OSError):
        import readline

        readline.append_history_file(1, file)
