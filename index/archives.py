"""Packed files become their members, in memory only: zip (also nested), gz, xz and bz2.

Knows what a hostile packed file tries, and how members' names are written. Does not know how packed files are laid out, which
the standard library does, nor what the members hold, nor the disk: a member's name is only ever shown.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from index.decoding import decode
from index.errors import UnreadableFile
from index.records import Problem, escaped

LARGEST = 256 * 1024 * 1024  # bytes unpacked from one file, nested ones counted too: what one plain file may have
_MEMBERS = 10_000  # more than a year of a daily paper; walking them takes a second
_DEPTH = 3  # a day's gz in a month's zip in a year's zip; a file that holds itself never ends
_DICTIONARY = 128 * 1024 * 1024  # bytes that an xz header may ask for; xz -9 asks for 65 MB
_PIECE = 4096  # bytes; what is damaged loses up to so many that stand before the damage
# zipfile bounds only these: 4 KB of bzip2 may be 5 GB, unpacked at once, and LZMA may ask for any memory.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError, OverflowError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file out of a packed one; the name, such as `news.zip/2023/a.txt`, is to be shown, never to be opened."""

    name: str
    data: bytes


class _Exhausted(Exception):
    """The file asks for more than any file may have; the message says of what."""


@dataclass(slots=True)
class _Allowance:
    """What is left of what one file may unpack to."""

    bytes: int
    largest: int
    members: int = _MEMBERS

    def spend(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise _Exhausted(f"unpacks to more than {self.largest >> 20} MB")

    def count_member(self) -> None:
        self.members -= 1
        if self.members < 0:
            raise _Exhausted(f"holds more than {_MEMBERS:,} members")


def _gunzipped(data: bytes) -> Iterator[bytes]:
    return iter(partial(gzip.GzipFile(fileobj=io.BytesIO(data)).read1, _PIECE), b"")  # read would lose what stands before damage


def _joined(data: bytes, new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> Iterator[bytes]:
    """What streams joined end to end unpack to; BZ2File and LZMAFile are silent on damage after the first, and give xz any memory."""
    place = 0
    while data[place : place + _PIECE].strip(b"\0"):  # tapes fill up with zeros
        stream = new()
        while not stream.eof:
            piece = data[place : place + _PIECE] if stream.needs_input else b""
            if stream.needs_input and not piece:
                raise EOFError
            place += len(piece)
            yield stream.decompress(piece, _PIECE)
        place -= len(stream.unused_data)


_SINGLE: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    ".gz": _gunzipped,
    ".xz": lambda data: _joined(data, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_DICTIONARY)),
    ".bz2": lambda data: _joined(data, bz2.BZ2Decompressor),
}
_MAGIC = {".zip": b"PK\3\4", ".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\0", ".bz2": b"BZh"}
PACKED = tuple(_MAGIC)


def unpacked(name: str, data: bytes, readable: Collection[str], largest: int = LARGEST) -> Iterator[Member | Problem]:
    """The members of a packed file that have a `readable` suffix, and what could not be had; any other file as it is.

    Never raises, and never holds more than `largest` bytes beside `data`.
    """
    if _suffix(name) not in PACKED:
        yield Member(name, data)
        return
    try:
        yield from _members(name, data, readable, 1, _Allowance(largest, largest))
    except _Exhausted as error:
        yield Problem(name, f"{error}; the rest is left out. Unpack it yourself")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _members(name: str, data: bytes, readable: Collection[str], depth: int, allowance: _Allowance) -> Iterator[Member | Problem]:
    if depth > _DEPTH:
        yield Problem(name, f"packed more than {_DEPTH} times over; unpack it yourself")
        return
    suffix = _suffix(name)
    if not data.startswith(_MAGIC[suffix]) and not (suffix == ".zip" and b"PK\5\6" in data):
        yield Problem(name, f"named {suffix}, but is no {suffix[1:]} file")
        return
    for item in (_zip_members if suffix == ".zip" else _single_member)(name, data, readable, allowance):
        if isinstance(item, Member) and _suffix(item.name) in PACKED:
            yield from _members(item.name, item.data, readable, depth + 1, allowance)
        else:
            yield item


def _left_out(name: str, unread: Counter[str]) -> Iterator[Problem]:
    """One line for each kind: an archive of a website holds hundreds of pictures."""
    for kind, count in sorted(unread.items()):
        members = "1 member" if count == 1 else f"{count} members"
        yield Problem(name, f"{members} {f'of kind {escaped(kind)}' if kind else 'without a suffix'}, which is not read")


def _single_member(name: str, data: bytes, readable: Collection[str], allowance: _Allowance) -> Iterator[Member | Problem]:
    allowance.count_member()
    suffix = _suffix(name)
    own = name[: -len(suffix)]
    if (kind := _suffix(own)) not in readable and kind not in PACKED:
        yield from _left_out(name, Counter([kind]))
        return
    yield from _gathered(name, own, _SINGLE[suffix](data), allowance)


def _gathered(place: str, name: str, pieces: Iterable[bytes], allowance: _Allowance) -> Iterator[Member | Problem]:
    """The pieces as one member, up to where they break, which is told of `place`."""
    out, wrong = io.BytesIO(), ""
    try:
        for piece in pieces:
            allowance.spend(len(piece))
            out.write(piece)
    except _DAMAGE as error:
        wrong = "cut off" if isinstance(error, EOFError) else "damaged"
        yield Problem(place, f"{wrong}; {'taken in as far as it goes' if out.tell() else 'nothing in it can be read'}")
    if out.tell() or not wrong:
        yield Member(name, out.getvalue())


def _zip_members(name: str, data: bytes, readable: Collection[str], allowance: _Allowance) -> Iterator[Member | Problem]:
    if data.count(b"PK\1\2") > 10 * _MEMBERS:  # lines of lists, also of zips inside: zipfile would keep each, a kilobyte
        raise _Exhausted(f"holds more than {_MEMBERS:,} members")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
        # zipfile does not ask whether the list is whole, nor whether it is that of a zip inside one that was cut off.
        begins = not data.startswith(b"PK\3\4") or min((info.header_offset for info in infos), default=1) == 0
        if not begins or data.count(b"PK\1\2", archive.start_dir) != len(infos):
            raise zipfile.BadZipFile
    except _DAMAGE:
        yield Problem(name, "damaged or cut off; unpack it yourself")
        return
    unread, taken, encrypted = Counter[str](), Counter[str](), 0
    for info, own in zip(infos, map(_own_name, _names(infos)), strict=True):
        allowance.count_member()
        if own is None:
            continue
        kind = _suffix(own)
        if info.flag_bits & 1:
            encrypted += 1
        elif kind not in readable and kind not in PACKED:
            unread[kind] += 1
        else:
            taken[own] += 1
            if taken[own] > 1:
                own = f"{own[: -len(kind)]}({taken[own]}){own[-len(kind) :]}"
            place = f"{name}/{escaped(own)}"
            if info.compress_type in _METHODS:
                yield from _gathered(place, place, _member_pieces(archive, info), allowance)
            else:
                yield Problem(place, f"packed by a method that is not read (number {info.compress_type}); unpack it yourself")
    yield from _left_out(name, unread)
    if encrypted:
        yield Problem(name, f"{'1 member is' if encrypted == 1 else f'{encrypted} members are'} encrypted; unpack it yourself")


def _member_pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as file:
        yield from iter(partial(file.read, _PIECE), b"")


def _names(infos: Sequence[zipfile.ZipInfo]) -> Iterator[str]:
    """The members' names, steps parted by slashes; where a zip does not tell their encoding, zipfile takes them for cp437."""
    raw = [info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437") for info in infos]
    encodings = ["utf-8", "gb18030", "big5hkscs"]
    with suppress(UnreadableFile):
        # Most big5 could be gb18030 too: all names are judged as one, since one machine wrote them.
        if decode(b"\n".join(raw)).encoding.startswith("big5"):
            encodings = ["utf-8", "big5hkscs", "gb18030"]
    for name in raw:
        for encoding in encodings:
            with suppress(UnicodeDecodeError):
                yield name.decode(encoding).replace("\\", "/")
                break
        else:
            yield name.replace(b"\\", b"/").decode("utf-8", "backslashreplace")


def _own_name(name: str) -> str | None:
    """The member's name inside its zip, harmless; None for folders and what systems put beside files."""
    parts = [part for part in name.split("/") if part]
    if not parts or name.endswith("/") or parts[-1] == "Thumbs.db":
        return None
    if any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts):
        return None
    # Whoever shows the name as a link must not climb: `..` is shown, and is no step.
    return "/".join(part if part.strip(".") else part.replace(".", r"\x2e") for part in parts)
