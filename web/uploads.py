"""Receive uploads: a private folder where they lie until they are read, and checks before that.

Knows sizes, and how each kind of file begins. Does not know the store or the contents of files. A name is only
displayed and checked for its suffix, never used as a path.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from index.errors import UnreadableFile
from index.language import text
from index.reading.archives import LARGEST, PACKED
from index.reading.kinds import CONVERTED, MAIL, SUFFIXES, WORKBOOKS
from index.reading.pictures import PICTURES

if TYPE_CHECKING:
    from gradio import Blocks

MOST_FILES = 1000  # in one upload; more go into a zip
LARGEST_FILE = LARGEST
LARGEST_REQUEST = 2 * LARGEST
_MOST_KEPT = 4 * LARGEST  # bytes in the folder
_MOST_PAGES = 1000  # open pages whose state Gradio keeps, each with a copy of every widget's settings
_PREFIX = "zhiwen-uploads-"
_START = 64 * 1024  # bytes that are read to recognise a kind
_PACKED = {".zip": b"PK", ".docx": b"PK", ".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\0", ".bz2": b"BZh"}
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # read by their contents under the name of any of these kinds
_OFFICE_KINDS = WORKBOOKS | MAIL | frozenset(CONVERTED) | {".docm", ".pptx", ".ppsx", ".pptm", ".epub", ".ofd"}
_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_NAMED = {  # first bytes of common files that are not read
    b"MZ": "windows_program", b"\x7fELF": "program", b"\xcf\xfa\xed\xfe": "program", b"\xca\xfe\xba\xbe": "program",
    b"#!": "script",
    b"\x89PNG": "picture", b"\xff\xd8\xff": "picture", b"GIF8": "picture",
    b"RIFF": "recording", b"ID3": "recording", b"OggS": "recording",
    b"\xd0\xcf\x11\xe0": "old_office", b"Rar!": "rar", b"7z\xbc\xaf": "seven_zip",
    b"SQLite format 3\0": "database", b"PK\x03\x04": "archive", b"\x1f\x8b": "archive",
}  # fmt: skip
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # of UTF-16 and UTF-32, which contain zeros


@contextmanager
def uploads_folder() -> Iterator[Path]:
    """Make a folder that only this user can enter, and delete it at the end.

    Also deletes the folders that killed processes left behind.
    """
    from filelock import FileLock, Timeout

    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if left.is_symlink() or left.lstat().st_uid != getattr(os, "getuid", lambda: 0)():
            continue  # another user's folder, or a trap: everybody can write to /tmp
        with suppress(OSError, Timeout), FileLock(left / "lock", timeout=0):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    try:
        with FileLock(folder / "lock"):
            (folder / "files").mkdir()
            yield folder / "files"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def confined(page: Blocks) -> Blocks:
    """Let the widgets of a page take uploaded files only: no file of this machine, and no address of another.

    Call it before the page is mounted. Gradio checks paths only after a page was launched, and a mounted page never
    is; and it fetches addresses that a client sends in place of a file.
    """
    from gradio import processing_utils
    from gradio.exceptions import Error

    def refused(url: str, cache_dir: str) -> NoReturn:
        raise Error(text("page.no_addresses"), print_exception=False)

    async def refused_later(url: str, cache_dir: str) -> NoReturn:
        refused(url, cache_dir)

    processing_utils.async_ssrf_protected_download = refused_later
    processing_utils.ssrf_protected_download = processing_utils.save_url_to_cache = refused
    page.has_launched = True
    page.state_session_capacity = _MOST_PAGES
    return page


def full(folder: Path) -> bool:
    """Whether the folder holds too many bytes to take more uploads."""
    kept = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                kept += (Path(inner) / name).lstat().st_size
    return kept > _MOST_KEPT


def lies_in(path: str, folder: Path) -> bool:
    """Whether a path, with its links followed, is a file in the folder."""
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return False
    return real.is_file() and real.is_relative_to(folder.resolve())


def check_upload(path: Path, name: str, folder: Path) -> None:
    """Check an uploaded file, which its owner called `name`. Raises UnreadableFile if it must not be read.

    It must lie in the folder of uploads, be neither empty nor too large, and be of the kind that its suffix names.
    """
    if not lies_in(str(path), folder):
        raise UnreadableFile("page.not_received")
    ending = Path(name).suffix.lower()
    if ending not in SUFFIXES | set(PACKED):
        raise UnreadableFile("page.kind_not_read")
    size = path.stat().st_size
    if not size:
        raise UnreadableFile("page.empty_upload")
    if size > LARGEST_FILE:
        raise UnreadableFile("page.file_too_large", limit=LARGEST_FILE >> 20)
    with path.open("rb") as file:
        start = file.read(_START)
    if ending in _PACKED:
        if not start.startswith(_PACKED[ending]):
            raise _other_kind(start, ending)
    elif ending == ".pdf":
        if b"%PDF-" not in start[:1024]:
            raise _other_kind(start, ending)
    elif ending in _OFFICE_KINDS and start.startswith(_OFFICE):
        return
    elif ending in PICTURES:
        if not start.startswith(_PICTURE_STARTS):
            raise _other_kind(start, ending)
    elif _binary(start) and not start.startswith(b"%PDF-"):  # a PDF is read under any name
        raise _other_kind(start, ending)


def _other_kind(start: bytes, suffix: str) -> UnreadableFile:
    """Make the error that names the real kind of the contents, if it is known."""
    kind = next((kind for magic, kind in _NAMED.items() if start.startswith(magic)), "")
    return UnreadableFile(f"page.is_{kind}" if kind else "page.not_its_kind", suffix=suffix)


def _binary(start: bytes) -> bool:
    """Whether no text begins so: no encoding of Chinese but UTF-16 and UTF-32 contains zeros and controls."""
    if start.startswith(_BOMS):
        return False
    controls = sum(start.count(bytes([code])) for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
    return controls > len(start) // 200
