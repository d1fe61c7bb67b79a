"""Where a store is: a folder, or a Milvus server or cluster by its address.

Knows how --store is written. Does not connect, and does not look whether anything is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from index.errors import UserError
from index.records import stored_name

_SCHEMES = {"http": "http", "https": "https", "milvus": "http"}
_PORT = 19530  # Milvus' own


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a Milvus server."""

    uri: str  # http://host:port
    database: str = ""  # "" is the server's default
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """As it is told to people: without the password."""
        return f"{self.uri}/{self.database}" if self.database else self.uri

    @property
    def beside(self) -> Path:
        """The local folder for what is kept beside such a store: uploaded files, what readers thought of answers."""
        return Path("store@" + str(self).partition("://")[2].replace(":", "-").replace("/", "-"))


def store_place(named: str | None) -> Path | Address:
    """What --store means; without it ZHIWEN_STORE, or the folder store/. Raises UserError for what is neither folder nor address.

    An address is http(s)://[user:password@]host[:port][/database] or milvus://…; user and password may also be in MILVUS_USER
    and MILVUS_PASSWORD, so that they stand in no list of processes.
    """
    if named == "":
        raise UserError("--store is empty.", "Name a folder, or leave it out.")
    name = named or os.environ.get("ZHIWEN_STORE") or "store"
    if "://" in name:
        return _address(name)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"--store {stored_name(name)}: a name that is not UTF-8.", "Name another folder.") from error
    return Path(name)


def local(place: Path | Address) -> Path:
    """The folder on this machine that belongs to a store."""
    return place if isinstance(place, Path) else place.beside


def _address(name: str) -> Address:
    scheme, _, rest = name.partition("://")
    shown = f"{scheme}://{rest.rpartition('@')[2]}"  # whatever stands before the last @ may be a password
    wrong = UserError(
        f"--store {stored_name(shown)!r}: not the address of a Milvus server.",
        "Name it as http://host:19530 or https://user:password@host/database (: / ? # @ within a password as %3A %2F %3F %23 %40), or name a folder.",
    )
    try:
        parts = urlsplit(name)
        port = parts.port or _PORT
    except ValueError:
        raise wrong from None
    database = unquote(parts.path.strip("/"))
    if (
        parts.scheme not in _SCHEMES
        or not parts.hostname
        or "/" in database
        or parts.query
        or parts.fragment
        or "@" in parts.path
        or not (shown + database).isprintable()
    ):
        raise wrong
    if parts.netloc.count("@") > 1:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user = os.environ.get("MILVUS_USER", "") if parts.username is None else unquote(parts.username)
    password = os.environ.get("MILVUS_PASSWORD", "") if parts.password is None else unquote(parts.password)
    return Address(f"{_SCHEMES[parts.scheme]}://{host}:{port}", database, user, password)
