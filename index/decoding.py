"""Bytes become text: which encoding, judged over the whole file, and what an earlier wrong reading has left in it.

Knows UTF-8, UTF-16 with a byte order mark, GB18030 and Big5-HKSCS, files that join two of them, and text that was once
read in the wrong one and saved again. Does not know files or markup: a charset that a page declares is never asked,
because scraped pages declare it wrongly.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from functools import cache

from index.errors import UnreadableFile
from index.folding import fold


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the encoding's name and how many bytes could not be decoded (each run of them is one U+FFFD).

    `repairs` names what earlier damage was found, and how often:

        double_encoding    the whole text had been read in a wrong encoding and saved again; this is undone
        mixed_encodings    lines in GB18030 within a file of UTF-8, each read as what it is
        lost_characters    what such a reading has destroyed before: 锟斤拷, U+FFFD in the file itself, a mark read as 锘
    """

    text: str
    encoding: str
    undecodable: int
    repairs: tuple[tuple[str, int], ...] = ()


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOISE = 0.0  # random pairs of bytes reach about -0.1, a script that is not Chinese 0
_DOUBTFUL, _PLAUSIBLE = 0.7, 0.85  # UTF-8 read as GB18030 reaches 0.35 to 0.65, real text 0.95
_LINE = 8  # characters beyond ASCII that make a line a witness for its encoding
_LOST = re.compile("锟斤拷|锟斤|\ufffd+|锘[\ufeff匡豢\ufffd?]{0,3}")
# A byte read as Western text: most became the character of the same number, these 27 another (Windows-1252).
_WESTERN = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
# UTF-8 read as GB18030 is all pairs but for a byte 80, which Windows and browsers read as the euro, and an odd byte before ASCII.
_NO_PAIR, _EURO, _NOTHING = re.compile("\ufffd(?=[^\x00-\x7f])"), re.compile("€"), re.compile("(?!)")
_USER_DEFINED = re.compile("[\ue000-\uf8ff]")
_CONTROL = {chr(c) for c in range(32)} - set("\t\n\r\f\v\x1b")


@cache
def _common() -> frozenset[str]:
    """The 3,755 characters of GB2312's first level: nearly all of any modern Chinese text, once folded."""
    rows = (bytes([high, low]).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset("".join(rows)) | frozenset("，。、；：？！“”‘’（）《》「」『』【】…—·％　")


def _plausibility(text: str) -> float:
    """Share of the characters beyond ASCII that everyday Chinese uses; undecodable ones and controls count against."""
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    common = _common()
    good = sum(character in common or fold(character) in common for character in beyond)
    bad = text.count("\ufffd") + sum("\ue000" <= character <= "\uf8ff" or "\x80" <= character <= "\x9f" for character in beyond)
    return (good - 2 * bad) / len(beyond)


def decode(data: bytes) -> Decoded:
    """The text of a file's bytes; never alters what it could decode, and keeps line ends as they are.

    A byte order mark decides, then strict UTF-8 over the whole file, then the most plausible of GB18030, Big5-HKSCS and
    damaged UTF-8. Raises UnreadableFile for binary data.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            marked = _once(_lenient(data[len(mark) :], encoding))
            if len(marked.text) > 50 and not marked.text.isascii() and _plausibility(marked.text) < _NOISE:
                raise UnreadableFile("binary data, not text", "Save it as text, or leave it out.")
            return _text(marked)
    try:
        decoded = Decoded(data.decode("utf-8"), "utf-8", 0)
    except UnicodeDecodeError:
        decoded = _mixed(data) or _most_plausible(data)
    return _text(_once(decoded))


def _most_plausible(data: bytes) -> Decoded:
    # The whole file up to 2 MB; of a larger one that much already decides, and the rest is decoded all the same.
    sample = data[:2_000_000]
    candidates = [(_plausibility(sample.decode(name, "replace")), -rank, name) for rank, name in enumerate(("gb18030", "big5hkscs", "utf-8"))]
    plausibility, _, encoding = max(candidates)
    decoded = _lenient(data, encoding)
    if plausibility < 0.3:
        raise UnreadableFile("not text in UTF-8, GB18030 or Big5: nothing readable in it", "Save it as text, or leave it out.")
    if encoding == "big5hkscs":
        try:
            data.decode("big5")
        except UnicodeDecodeError:
            return decoded
        return replace(decoded, encoding="big5")  # the narrower name, where none of Hong Kong's own characters occurs
    return decoded


def _mixed(data: bytes) -> Decoded | None:
    """A file that joins lines of UTF-8 and of GB18030, each line read as what it is; None if this is no such file."""
    lines: list[str] = []
    witnesses = other = lost = 0
    for line in data.split(b"\n"):
        try:
            text = line.decode("utf-8")
            witnesses += not text.isascii() and sum(character > "\x7f" for character in text) >= _LINE and _plausibility(text) >= _PLAUSIBLE
        except UnicodeDecodeError:
            part = _lenient(line, "gb18030")
            text = part.text
            lost += part.undecodable
            other += sum(character > "\x7f" for character in text) >= _LINE and _plausibility(text) >= _PLAUSIBLE
        lines.append(text)
    if not (witnesses and other):
        return None
    return Decoded("\n".join(lines), "utf-8+gb18030", lost, (("mixed_encodings", other),))


def _once(decoded: Decoded) -> Decoded:
    """The same, read once more where it had been read in a wrong encoding and saved; and what that has destroyed, counted."""
    text = decoded.text
    repairs = dict(decoded.repairs)
    beyond = [character for character in text[:20_000] if character > "\x7f"]
    if len(beyond) >= _LINE and _plausibility(text[:20_000]) < _DOUBTFUL:
        for wrong, right in (("gb18030", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("latin-1", "big5hkscs")):
            try:
                again = _lenient(_unread(text, wrong, right), right)
            except UnicodeEncodeError:
                continue
            if again.text.count("\ufffd") * 10 <= len(again.text) and _plausibility(again.text.replace("\ufffd", "")) >= _PLAUSIBLE:
                decoded = Decoded(again.text.removeprefix("\ufeff"), f"{right} read as {wrong}", decoded.undecodable + again.undecodable)
                repairs["double_encoding"] = 1
                break
    lost = sum(1 for _ in _LOST.finditer(decoded.text)) if not decoded.undecodable else 0
    if lost:
        repairs["lost_characters"] = lost
    return replace(decoded, repairs=tuple(sorted(repairs.items())))


def _unread(text: str, wrong: str, right: str) -> bytes:
    """The bytes that were once read as `text`, without most of those that the wrong encoding could not make out.

    Raises UnicodeEncodeError if that encoding cannot have given such a text.
    """
    if wrong == "latin-1":
        # What is lost of two bytes may be the first: then a sign of one byte keeps its place.
        return text.translate(_WESTERN).replace("\ufffd", "" if right == "utf-8" else "?").encode(wrong)
    lost = _NO_PAIR
    if not lost.search(text):
        lost = _EURO
    elif not _USER_DEFINED.search(text):
        lost = _NOTHING  # a reader that knew fewer pairs: it may have been any byte
    return b"\x80".join(piece.replace("\ufffd", "").encode(wrong) for piece in lost.split(text))


def _text(decoded: Decoded) -> Decoded:
    """The same. Raises UnreadableFile if it is binary data."""
    controls = sum(decoded.text.count(character) for character in _CONTROL)
    if controls > len(decoded.text) * 0.005 + 2 or decoded.undecodable > len(decoded.text) * 0.2 + 8:
        raise UnreadableFile("binary data, not text", "Save it as text, or leave it out.")
    return decoded


def _lenient(data: bytes, encoding: str) -> Decoded:
    lost = 0

    def visible(error: UnicodeError) -> tuple[str, int]:
        nonlocal lost
        assert isinstance(error, UnicodeDecodeError)
        lost += error.end - error.start
        return "\ufffd", error.end

    codecs.register_error("zhiwen-visible", visible)
    return Decoded(data.decode(encoding, "zhiwen-visible"), encoding, lost)
