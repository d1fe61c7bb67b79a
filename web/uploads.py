"""What people hand in: the private folder where it lies until it is read, and what is refused before that.

Knows sizes, and how each kind of file begins. Does not know the store, nor what files hold. A name is only shown and asked for its
ending, never used as a path.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from index.archives import LARGEST, PACKED
from index.errors import UserError
from index.reading import SUFFIXES

if TYPE_CHECKING:
    from gradio import Blocks

MOST_FILES = 1000  # at once; more go into a zip
LARGEST_FILE = LARGEST
LARGEST_REQUEST = 2 * LARGEST
_MOST_KEPT = 4 * LARGEST  # bytes in the folder
_MOST_PAGES = 1000  # open pages that Gradio keeps the state of, with a copy of every widget's settings
_PREFIX = "zhiwen-uploads-"
_START = 64 * 1024  # bytes in which a file shows what it is
_PACKED = {".zip": b"PK", ".docx": b"PK", ".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\0", ".bz2": b"BZh"}
_NAMED = {  # how files begin that people have beside those that are read
    b"MZ": "Windows 程序", b"\x7fELF": "程序", b"\xcf\xfa\xed\xfe": "程序", b"\xca\xfe\xba\xbe": "程序", b"#!": "脚本",
    b"\x89PNG": "图片", b"\xff\xd8\xff": "图片", b"GIF8": "图片", b"RIFF": "影音", b"ID3": "影音", b"OggS": "影音",
    b"\xd0\xcf\x11\xe0": "旧版 Office 文件（请另存为 docx 或 csv）", b"Rar!": "RAR 压缩包（请改用 zip）", b"7z\xbc\xaf": "7z 压缩包（请改用 zip）",
    b"SQLite format 3\0": "数据库", b"PK\x03\x04": "压缩包", b"\x1f\x8b": "压缩包",
}  # fmt: skip
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # UTF-16 and UTF-32, which hold zeros


@contextmanager
def uploads_folder() -> Iterator[Path]:
    """A folder that only this user can enter, emptied and gone at the end; also those that killed processes have left behind."""
    from filelock import FileLock, Timeout

    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if left.is_symlink() or left.lstat().st_uid != getattr(os, "getuid", lambda: 0)():
            continue  # somebody else's, or a trap: /tmp belongs to all
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
    """The page, whose widgets take no file but those handed in: none of this machine, and nothing fetched from another. To be called
    before it is mounted.

    Gradio itself looks at paths only once a page was launched, which one that is mounted never is; and it fetches addresses that a
    client puts in a file's place.
    """
    from gradio import processing_utils
    from gradio.exceptions import Error

    def refused(url: str, cache_dir: str) -> NoReturn:
        raise Error("不能从网址读取文件，请上传。", print_exception=False)

    async def refused_later(url: str, cache_dir: str) -> NoReturn:
        refused(url, cache_dir)

    processing_utils.async_ssrf_protected_download = refused_later
    processing_utils.ssrf_protected_download = processing_utils.save_url_to_cache = refused
    page.has_launched = True
    page.state_session_capacity = _MOST_PAGES
    return page


def full(folder: Path) -> bool:
    """Whether so much lies in the folder that nothing more is taken in."""
    kept = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                kept += (Path(inner) / name).lstat().st_size
    return kept > _MOST_KEPT


def lies_in(path: str, folder: Path) -> bool:
    """Whether this is a file in the folder, wherever links lead."""
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return False
    return real.is_file() and real.is_relative_to(folder.resolve())


def accepted(path: Path, name: str, folder: Path) -> None:
    """Raises UserError, in words for the person, for a file that was handed in under a name and is not taken in: not in the folder of what
    is handed in, too large, of a kind that is not read, or not of the kind that its name says.
    """
    if not lies_in(str(path), folder):
        raise UserError(f"{name}：没有收到这个文件，请重新选择。")
    ending = Path(name).suffix.lower()
    if ending not in SUFFIXES | set(PACKED):
        raise UserError(
            f"{name}：这种文件读不了。", "可以读 txt、md、html、mhtml、pdf、docx、jsonl、json、csv、tsv、xml，和它们的压缩包 zip、gz、xz、bz2。"
        )
    size = path.stat().st_size
    if not size:
        raise UserError(f"{name}：是空文件。")
    if size > LARGEST_FILE:
        raise UserError(f"{name}：超过 {LARGEST_FILE >> 20} MB。", "请分成几个文件。")
    with path.open("rb") as file:
        start = file.read(_START)
    if ending in _PACKED:
        if not start.startswith(_PACKED[ending]):
            raise UserError(f"{name}：内容不是 {ending[1:]}{_instead(start)}。")
    elif ending == ".pdf":
        if b"%PDF-" not in start[:1024]:
            raise UserError(f"{name}：内容不是 pdf{_instead(start)}。")
    elif _binary(start) and not start.startswith(b"%PDF-"):  # which is read whatever its name
        raise UserError(f"{name}：内容不是文字{_instead(start)}。")


def _instead(start: bytes) -> str:
    found = next((what for magic, what in _NAMED.items() if start.startswith(magic)), "")
    return f"，而是{found}" if found else ""


def _binary(start: bytes) -> bool:
    """Whether no text begins so: zeros and controls are in no encoding of Chinese but UTF-16 and UTF-32."""
    if start.startswith(_BOMS):
        return False
    controls = sum(start.count(bytes([code])) for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
    return controls > len(start) // 200
