"""Read the address of a store: a folder, or a database of a Milvus server or cluster.

Knows how --store is written. Does not connect, and does not check whether a store is there.
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
class MilvusAddress:
    """The address of a database of a Milvus server."""

    uri: str  # http://host:port
    database: str = ""  # "" is the server's default
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return the address as people see it: without user and password."""
        return f"{self.uri}/{self.database}" if self.database else self.uri

    @property
    def beside(self) -> Path:
        """Return the local folder for files that belong to such a store: uploads, and readers' opinions of answers."""
        return Path("store@" + str(self).partition("://")[2].replace(":", "-").replace("/", "-"))


def parse_address(named: str | None) -> Path | MilvusAddress:
    """Return the address that --store names; for None that of ZHIWEN_STORE, or the folder store/.

    A server is http(s)://[user:password@]host[:port][/database] or milvus://…. User and password may also be in
    MILVUS_USER and MILVUS_PASSWORD, so that no list of processes shows them. Raises UserError for neither a folder
    nor a server.
    """
    if named == "":
        raise UserError("store.empty_address")
    name = named or os.environ.get("ZHIWEN_STORE") or "store"
    if "://" in name:
        return _address(name)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UserError("store.address_not_utf8", name=stored_name(name)) from error
    return Path(name)


def local(address: Path | MilvusAddress) -> Path:
    """Return the folder on this machine that belongs to a store."""
    return address if isinstance(address, Path) else address.beside


def _address(name: str) -> MilvusAddress:
    scheme, _, rest = name.partition("://")
    without_password = f"{scheme}://{rest.rpartition('@')[2]}"  # all before the last @ may be a password
    wrong = UserError("store.not_an_address", name=stored_name(without_password))
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
        or not (without_password + database).isprintable()
    ):
        raise wrong
    if parts.netloc.count("@") > 1:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user = os.environ.get("MILVUS_USER", "") if parts.username is None else unquote(parts.username)
    password = os.environ.get("MILVUS_PASSWORD", "") if parts.password is None else unquote(parts.password)
    return MilvusAddress(f"{_SCHEMES[parts.scheme]}://{host}:{port}", database, user, password)
