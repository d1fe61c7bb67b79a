"""Unpack files in memory: zip (also nested), gz, xz and bz2.

Knows what a hostile packed file tries, and how members' names are encoded. Leaves the formats to the standard library.
Does not know what the members hold, and writes nothing to disk: a member's name is for display only.
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

from index.errors import UnreadableFile
from index.reading.decoding import decode
from index.records import Problem, escape_controls

LARGEST = 256 * 1024 * 1024  # bytes unpacked from one file, nested ones included: as many as one plain file may have
_MEMBERS = 10_000  # more than a year of a daily paper; walking them takes a second
_DEPTH = 3  # a day's gz in a month's zip in a year's zip; a file that holds itself never ends
_DICTIONARY = 128 * 1024 * 1024  # bytes that an xz header may ask for; xz -9 asks for 65 MB
_PIECE = 4096  # bytes; a damaged file loses at most so many before the damage
# zipfile unpacks only these in bounded steps: 4 KB of bzip2 may become 5 GB at once, and LZMA may ask for any memory.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file out of a packed one.

    Its name, such as `news.zip/2023/a.txt`, is for display: never open it as a path.
    """

    name: str
    data: bytes


class _Exhausted(Exception):
    """The file exceeds a limit; `code` and `values` make the problem to report."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(slots=True)
class _Allowance:
    """How many bytes and members one file may still unpack to."""

    bytes: int
    largest: int
    members: int = _MEMBERS

    def spend(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise _Exhausted("reading.archive_too_large", size=self.largest >> 20)

    def count_member(self) -> None:
        self.members -= 1
        if self.members < 0:
            raise _Exhausted("reading.archive_too_many", count=f"{_MEMBERS:,}")


def _gunzipped(data: bytes) -> Iterator[bytes]:
    # read1: read would lose the text before the damage.
    return iter(partial(gzip.GzipFile(fileobj=io.BytesIO(data)).read1, _PIECE), b"")


def _joined(data: bytes, new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> Iterator[bytes]:
    """Yield the unpacked pieces of streams joined end to end.

    BZ2File and LZMAFile hide damage after the first stream, and LZMAFile sets no memory limit.
    """
    place = 0
    while data[place : place + _PIECE].strip(b"\0"):  # tapes pad with zeros
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
    """Yield the members of a packed file that have a `readable` suffix, and a problem for each that cannot be unpacked.

    Yields a file that is not packed as it is. Never raises, and unpacks at most `largest` bytes.
    """
    if _suffix(name) not in PACKED:
        yield Member(name, data)
        return
    try:
        yield from _members(name, data, readable, 1, _Allowance(largest, largest))
    except _Exhausted as error:
        yield Problem.of(name, error.code, **error.values)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _members(
    name: str, data: bytes, readable: Collection[str], depth: int, allowance: _Allowance
) -> Iterator[Member | Problem]:
    if depth > _DEPTH:
        yield Problem.of(name, "reading.archive_too_deep", count=_DEPTH)
        return
    suffix = _suffix(name)
    if not data.startswith(_MAGIC[suffix]) and not (suffix == ".zip" and b"PK\5\6" in data):
        yield Problem.of(name, "reading.archive_wrong_name", suffix=suffix)
        return
    for item in (_zip_members if suffix == ".zip" else _single_member)(name, data, readable, allowance):
        if isinstance(item, Member) and _suffix(item.name) in PACKED:
            yield from _members(item.name, item.data, readable, depth + 1, allowance)
        else:
            yield item


def _left_out(name: str, unread: Counter[str]) -> Iterator[Problem]:
    """Yield one problem for each kind of file: an archive of a website holds hundreds of pictures."""
    for kind, count in sorted(unread.items()):
        if kind:
            yield Problem.of(name, "reading.archive_kind", suffix=escape_controls(kind), count=count)
        else:
            yield Problem.of(name, "reading.archive_no_suffix", count=count)


def _single_member(
    name: str, data: bytes, readable: Collection[str], allowance: _Allowance
) -> Iterator[Member | Problem]:
    allowance.count_member()
    suffix = _suffix(name)
    own = name[: -len(suffix)]
    if (kind := _suffix(own)) not in readable and kind not in PACKED:
        yield from _left_out(name, Counter([kind]))
        return
    yield from _gathered(name, own, _SINGLE[suffix](data), allowance)


def _gathered(place: str, name: str, pieces: Iterable[bytes], allowance: _Allowance) -> Iterator[Member | Problem]:
    """Yield the joined pieces as one member, and a problem for `place` where they break off."""
    out, broken = io.BytesIO(), False
    try:
        for piece in pieces:
            allowance.spend(len(piece))
            out.write(piece)
    except _DAMAGE as error:
        broken = True
        kind = "cut_off" if isinstance(error, EOFError) else "damaged"
        yield Problem.of(place, f"reading.taken_{kind}" if out.tell() else f"reading.{kind}")
    if out.tell() or not broken:
        yield Member(name, out.getvalue())


def _zip_members(
    name: str, data: bytes, readable: Collection[str], allowance: _Allowance
) -> Iterator[Member | Problem]:
    # Directory entries, also of nested zips: zipfile keeps each in memory, a kilobyte.
    if data.count(b"PK\1\2") > 10 * _MEMBERS:
        raise _Exhausted("reading.archive_too_many", count=f"{_MEMBERS:,}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
        # zipfile does not check that the directory is complete, nor that it is not that of a zip nested in a cut-off
        # one.
        begins = not data.startswith(b"PK\3\4") or min((info.header_offset for info in infos), default=1) == 0
        if not begins or data.count(b"PK\1\2", archive.start_dir) != len(infos):
            raise zipfile.BadZipFile
    except _DAMAGE:
        yield Problem.of(name, "reading.archive_damaged")
        return
    unread, read, encrypted = Counter[str](), Counter[str](), 0
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
            read[own] += 1
            if read[own] > 1:
                own = f"{own[: -len(kind)]}({read[own]}){own[-len(kind) :]}"
            place = f"{name}/{escape_controls(own)}"
            if info.compress_type in _METHODS:
                yield from _gathered(place, place, _member_pieces(archive, info), allowance)
            else:
                yield Problem.of(place, "reading.archive_method", number=info.compress_type)
    yield from _left_out(name, unread)
    if encrypted:
        yield Problem.of(name, "reading.archive_encrypted", count=encrypted)


def _member_pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as file:
        yield from iter(partial(file.read, _PIECE), b"")


def _names(infos: Sequence[zipfile.ZipInfo]) -> Iterator[str]:
    """Yield the members' names with slashes between steps.

    zipfile decodes a name as cp437 where the zip does not flag UTF-8; decode its bytes again as Chinese.
    """
    raw = [info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437") for info in infos]
    encodings = ["utf-8", "gb18030", "big5hkscs"]
    with suppress(UnreadableFile):
        # Most Big5 names are valid GB18030 too, so judge all names together: one machine wrote them.
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
    """Return the member's name inside its zip without `..` steps; None for folders and system files."""
    parts = [part for part in name.split("/") if part]
    if not parts or name.endswith("/") or parts[-1] == "Thumbs.db":
        return None
    if any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in parts):
        return None
    # A page may show the name as a link: escape `..` so that it cannot climb to another folder.
    return "/".join(part if part.strip(".") else part.replace(".", r"\x2e") for part in parts)
