"""Check logins: a file of names and password hashes, a limit on wrong passwords, and the sessions of browsers.

Knows argon2, the file's lines and how many wrong passwords are allowed. Does not know requests: an address is only a
string.
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

from index.errors import UserError, os_error
from index.language import text

_SHORTEST = 8  # characters of a password
_LONGEST = 1024  # characters of a password that is verified
_WRONG, _WINDOW = 10, 300.0  # wrong passwords from one address, within this many seconds
_MOST_WAITING = 8  # passwords that wait for verification; one takes a tenth of a second
_MOST_ADDRESSES, _MOST_KNOWN, _MOST_SESSIONS = 4096, 256, 4096
SESSION = 12 * 3600.0  # seconds since a session was last used


class TooMany(UserError):
    """Too many passwords were wrong or are waiting. The next may come in `seconds` seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__("page.too_many_attempts", seconds=seconds)
        self.seconds = seconds


class Logins:
    """The users in a file of lines `name:hash`. Empty lines and lines that begin with # are ignored.

    Passwords are verified in a background thread, one at a time, so that guesses take at most one core and delay no
    answer. An unknown name takes as long as a known one. Sessions and counts end with the process.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file. Raises UserError if it cannot be read, names no user, or has a malformed line."""
        try:
            from argon2 import PasswordHasher, extract_parameters
            from argon2.exceptions import InvalidHashError
        except ImportError as error:
            raise UserError("page.argon2_missing") from error
        self._hashes: dict[str, str] = {}
        for number, line in enumerate(_lines(path), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, hashed = (part.strip() for part in line.partition(":"))
            try:
                parameters = extract_parameters(hashed)
            except (InvalidHashError, ValueError, IndexError, KeyError) as error:
                raise UserError("page.wrong_login_line", path=path, line=number) from error
            if problem := _bad_name(name):
                raise UserError(f"page.wrong_login_{problem}", path=path, line=number)
            if _plain(name) in self._hashes:
                raise UserError("page.login_twice", path=path, line=number, name=name)
            self._hashes[_plain(name)] = hashed
        if not self._hashes:
            raise UserError("page.no_logins", path=path)
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        # Keys of right passwords, so that a program need not wait at each request.
        self._known: OrderedDict[bytes, None] = OrderedDict()
        # Address → the times of passwords that were wrong or are still being verified.
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._sessions: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._verifier = ThreadPoolExecutor(1, "login")
        self._waiting = 0

    async def right(self, name: str, password: str, address: str) -> bool:
        """Whether this is the password of a user. Raises TooMany if too many were wrong or are waiting."""
        name, password = _plain(name), _plain(password)
        if len(password) > _LONGEST:
            return False
        key = hmac.digest(self._secret, f"{len(name)}:{name}:{password}".encode("utf-8", "replace"), "sha256")
        if key in self._known:
            self._known.move_to_end(key)
            return True
        attempt = self._attempt(address)
        self._waiting += 1
        try:
            verified = await asyncio.get_running_loop().run_in_executor(self._verifier, self._verified, name, password)
        finally:
            self._waiting -= 1
        if verified:
            with suppress(KeyError, ValueError):
                self._wrong[address].remove(attempt)
            self._known[key] = None
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return verified

    def _attempt(self, address: str) -> float:
        """Count a password as wrong until it is verified: many at once are many guesses. Return its time."""
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
        """Begin a session and return its secret."""
        token = secrets.token_urlsafe(32)
        self._sessions[_key(token)] = (name, self._clock() + SESSION)
        if len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def present(self, token: str) -> bool:
        """Whether a session is still open. If it is, renew it for SESSION seconds."""
        key = _key(token)
        name, end = self._sessions.get(key, ("", 0.0))
        if self._clock() >= end:
            self._sessions.pop(key, None)
            return False
        self._sessions[key] = (name, self._clock() + SESSION)
        return True

    def end(self, token: str) -> None:
        """End a session. Do nothing if there is none."""
        self._sessions.pop(_key(token), None)


def hashed_line(name: str) -> str:
    """Ask twice for a password at the terminal and return the line for the file.

    Raises UserError without a terminal, for a bad name, a short password, or two that differ.
    """
    from argon2 import PasswordHasher

    if problem := _bad_name(name):
        raise UserError(f"page.name_{problem}")
    if sys.stdin is None or not sys.stdin.isatty():
        raise UserError("page.no_terminal")
    try:
        password = _plain(getpass.getpass(text("page.ask_password", name=name), sys.stderr))
        if len(password) < _SHORTEST:
            raise UserError("page.short_password", shortest=_SHORTEST)
        if _plain(getpass.getpass(text("page.ask_again"), sys.stderr)) != password:
            raise UserError("page.passwords_differ")
    except EOFError as error:
        raise UserError("page.no_password") from error
    # One thread: while a user logs in, the other core still answers.
    return f"{name}:{PasswordHasher(parallelism=1).hash(password)}"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError("page.logins_not_utf8", path=path) from error
    except OSError as error:
        raise os_error(error, path) from error


def _bad_name(name: str) -> str:
    """Return the fault of a name: "length", "characters", or "" for none."""
    if not name.strip() or len(name) > 64:
        return "length"
    if ":" in name or name.startswith("#") or name != name.strip() or not name.isprintable():
        return "characters"
    return ""


def _plain(text: str) -> str:
    """Normalise text, so that it does not depend on the keyboard."""
    return unicodedata.normalize("NFC", text)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
