"""Bytes become text: which encoding, judged over the whole file.

Knows UTF-8, UTF-16 with a byte order mark, GB18030 and Big5-HKSCS. Does not know files or markup: a charset that a
page declares is never asked, because scraped pages declare it wrongly.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache

from index.errors import UnreadableFile
from index.folding import fold


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the encoding's name and how many bytes could not be decoded (each run of them is one U+FFFD)."""

    text: str
    encoding: str
    undecodable: int


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOISE = 0.05  # random pairs of bytes reach about -0.1
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
            marked = _lenient(data[len(mark) :], encoding)
            if len(marked.text) > 50 and not marked.text.isascii() and _plausibility(marked.text) < _NOISE:
                raise UnreadableFile("binary data, not text", "Save it as text, or leave it out.")
            return _text(marked)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        # The whole file up to 2 MB; of a larger one that much already decides, and the rest is decoded all the same.
        sample = data[:2_000_000]
        candidates = [(_plausibility(sample.decode(name, "replace")), -rank, name) for rank, name in enumerate(("gb18030", "big5hkscs", "utf-8"))]
        decoded = _lenient(data, max(candidates)[2])
        if max(candidates)[0] < 0.3:
            raise UnreadableFile("not text in UTF-8, GB18030 or Big5: nothing readable in it", "Save it as text, or leave it out.") from None
    else:
        decoded = Decoded(text, "utf-8", 0)
    return _text(decoded)


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
