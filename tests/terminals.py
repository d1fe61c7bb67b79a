"""A command on a pseudo-terminal of a given size, as a person at a keyboard has it."""

import codecs
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
COLOUR = re.compile(r"\x1b\[[\d;]*m")


class Terminal:
    """A command's terminal: what it writes, and the keys typed to it."""

    def __init__(self, master, process):
        self.master = master
        self.process = process
        self.output = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def type(self, keys):
        os.write(self.master, keys.encode())

    def read(self, until="", seconds=60.0):
        """All that is written from now on until `until` has come, or the command has ended."""
        end, start = time.monotonic() + seconds, len(self.output)
        while not until or until not in self.output[start:]:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            assert ready, f"{until!r} did not come: {self.output[start:]!r}"
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the command has closed its side
                piece = b""
            if not piece:
                assert not until, f"{until!r} did not come: {self.output[start:]!r}"
                break
            self.output = (self.output + self._decoder.decode(piece)).replace("\r\n", "\n")
        return self.output[start:]

    def end(self):
        """(all that is still written, exit code)."""
        return self.read(), self.process.wait(30)


@contextmanager
def terminal(*command, columns=80, rows=24, cwd=ROOT, **environment):
    """Run Python with these arguments on a terminal, which is also the one that Ctrl-C goes through."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (rows, columns))
    name = os.ttyname(slave)
    line = shlex.join([sys.executable, *map(str, command)])
    inherited = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        # The first terminal that the leader of a session opens becomes its own.
        ["sh", "-c", f"exec {line} <{name} >{name} 2>{name}"],
        cwd=cwd,
        start_new_session=True,
        # A shell without job control starts what is behind & deaf to Ctrl-C, and the tests may be behind one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        env={**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
    )
    os.set_blocking(master, True)
    screen = Terminal(master, process)
    try:
        # Held open until the command has it: a terminal that nobody has open reads as ended.
        while process.poll() is None and not _is_open_elsewhere(process.pid, name):
            time.sleep(0.005)
        os.close(slave)
        yield screen
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _is_open_elsewhere(pid, name):
    try:
        return Path(f"/proc/{pid}/fd/2").readlink() == Path(name)
    except OSError:
        return False
