"""Who may come in: a file of names and password hashes, guesses slowed down, and the sessions of browsers.

Knows argon2, the file's lines and how many wrong passwords are borne. Does not know requests: an address is only a word.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import hmac
import secrets
import sys
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from index.errors import UserError

_SHORTEST = 8  # characters of a password
_LONGEST = 1024  # characters of what is hashed
_WRONG, _WINDOW = 10, 300.0  # wrong passwords from one address, in so many seconds
_MOST_WAITING = 8  # passwords that wait to be verified; one takes a tenth of a second
_MOST_ADDRESSES, _MOST_KNOWN, _MOST_SESSIONS = 4096, 256, 4096
SESSION = 12 * 3600.0  # seconds since a session was last used


class TooMany(UserError):
    """No password is looked at now; `seconds` until it is."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"密码试得太多，请 {seconds} 秒后再试。", f"(Too many attempts: try again in {seconds} seconds.)")
        self.seconds = seconds


class Logins:
    """The people of a file, lines of `name:hash`; a line that is empty or begins with # says nothing.

    A password is verified in a thread of its own, one at a time, so that guesses never take more than one core nor hold up an
    answer, and at the same cost for a name that is not there. All of it is forgotten when the process ends.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises UserError for a file that cannot be read, has no lines, or one that is not such a line."""
        try:
            from argon2 import PasswordHasher, extract_parameters
            from argon2.exceptions import InvalidHashError
        except ImportError as error:
            raise UserError("--auth needs the package argon2-cffi.", "pip install -e .") from error
        hint = "Make lines with python app.py --hash-password NAME."
        self._hashes: dict[str, str] = {}
        for number, line in enumerate(_lines(path), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, hashed = (part.strip() for part in line.partition(":"))
            try:
                parameters = extract_parameters(hashed)
            except (InvalidHashError, ValueError, IndexError, KeyError) as error:
                raise UserError(f"--auth {path}: line {number} is not name:hash with an argon2 hash.", hint) from error
            if problem := _bad_name(name):
                raise UserError(f"--auth {path}: line {number}: {problem}", hint)
            if _plain(name) in self._hashes:
                raise UserError(f"--auth {path}: line {number}: {name} has a line already.", "Keep one of them.")
            self._hashes[_plain(name)] = hashed
        if not self._hashes:
            raise UserError(f"--auth {path}: nobody is in it.", hint)
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()  # passwords found right, so that a program need not wait for each request
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()  # address → when it was wrong, or is being verified
        self._sessions: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._verifier = ThreadPoolExecutor(1, "login")
        self._waiting = 0

    async def right(self, name: str, password: str, address: str) -> bool:
        """Whether this is somebody's password. Raises TooMany where too many were wrong, or are waiting."""
        name, password = _plain(name), _plain(password)
        if len(password) > _LONGEST:
            return False
        key = hmac.digest(self._secret, f"{len(name)}:{name}:{password}".encode("utf-8", "replace"), "sha256")
        if key in self._known:
            self._known.move_to_end(key)
            return True
        begun = self._attempt(address)
        self._waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._verifier, self._verified, name, password)
        finally:
            self._waiting -= 1
        if found:
            with suppress(KeyError, ValueError):
                self._wrong[address].remove(begun)
            self._known[key] = None
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return found

    def _attempt(self, address: str) -> float:
        """Counts as wrong until it is found right: many at once are many guesses."""
        now = self._clock()
        times = [moment for moment in self._wrong.get(address, ()) if moment > now - _WINDOW]
        if len(times) >= _WRONG:
            raise TooMany(int(times[0] + _WINDOW - now) + 1)
        if self._waiting >= _MOST_WAITING:
            raise TooMany(1)
        self._wrong[address] = [*times, now]
        self._wrong.move_to_end(address)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        return now

    def _verified(self, name: str, password: str) -> bool:
        from argon2.exceptions import VerificationError

        hashed = self._hashes.get(name)
        try:
            self._hasher.verify(hashed or self._nobody, password.encode("utf-8", "replace"))
        except VerificationError:
            return False
        return hashed is not None

    def begin(self, name: str) -> str:
        """The secret of a new session."""
        token = secrets.token_urlsafe(32)
        self._sessions[_key(token)] = (name, self._clock() + SESSION)
        if len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def present(self, token: str) -> bool:
        """Whether a session goes on; then it does for as long again."""
        key = _key(token)
        name, end = self._sessions.get(key, ("", 0.0))
        if self._clock() >= end:
            self._sessions.pop(key, None)
            return False
        self._sessions[key] = (name, self._clock() + SESSION)
        return True

    def end(self, token: str) -> None:
        """Ends a session, if there is one."""
        self._sessions.pop(_key(token), None)


def hashed_line(name: str) -> str:
    """A line for the file, after the password was typed twice without being seen. Raises UserError."""
    from argon2 import PasswordHasher

    if problem := _bad_name(name):
        raise UserError(f"--hash-password: {problem}")
    if not sys.stdin.isatty():
        raise UserError("--hash-password asks for a password, and there is no terminal to ask at.", "Run it in a terminal.")
    try:
        password = _plain(getpass.getpass(f"密码（{name}）: ", sys.stderr))
        if len(password) < _SHORTEST:
            raise UserError(f"a password needs at least {_SHORTEST} characters.", "Run it again.")
        if _plain(getpass.getpass("再输一遍: ", sys.stderr)) != password:
            raise UserError("the two passwords differ.", "Run it again.")
    except EOFError as error:
        raise UserError("no password was given.", "Run it again.") from error
    # One lane: while somebody logs in the other core goes on answering.
    return f"{name}:{PasswordHasher(parallelism=1).hash(password)}"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UserError(f"--auth {path}: cannot be read ({reason}).", "Make lines with python app.py --hash-password NAME.") from error


def _bad_name(name: str) -> str:
    """What is wrong with a name, "" if nothing is."""
    if not name.strip() or len(name) > 64:
        return "a name has 1 to 64 characters."
    if ":" in name or name.startswith("#") or name != name.strip() or not name.isprintable():
        return "a name has no colon, no # at its beginning, and nothing that cannot be seen."
    return ""


def _plain(text: str) -> str:
    """The same text whichever keyboard it was typed on."""
    return unicodedata.normalize("NFC", text)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
