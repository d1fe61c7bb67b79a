"""Decode bytes to text: judge the encoding over the whole file, and undo an earlier wrong decoding.

Knows UTF-8, UTF-16, GB18030 and Big5-HKSCS, files that join two of them, and text that a program
decoded wrongly and saved again. Does not know files or markup, and ignores the charset that a page declares: scraped
pages declare it wrongly.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from functools import cache

from index.errors import UnreadableFile
from index.text.folding import fold


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the name of its encoding, and how many bytes were undecodable (each run of them is one U+FFFD).

    `repairs` counts earlier damage by its name:

        double_encoding a program decoded the whole text wrongly and saved it again; this is undone mixed_encodings
        lines in GB18030 within a file of UTF-8, each decoded by its own encoding lost_characters characters that a
        wrong decoding destroyed: 锟斤拷, U+FFFD in the file itself, a mark read as 锘
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
# Plausibilities, from -2 to 1 (see _plausibility).
_NOISE = 0.0  # random pairs of bytes reach about -0.1, a script that is not Chinese 0
_DOUBTFUL, _PLAUSIBLE = 0.7, 0.85  # UTF-8 decoded as GB18030 reaches 0.35 to 0.65, real text 0.95
_LEAST = 0.3  # below this no candidate encoding is right
_LINE = 8  # characters beyond ASCII; a line with fewer is no evidence for an encoding
_LOST = re.compile("锟斤拷|锟斤|\ufffd+|锘[\ufeff匡豢\ufffd?]{0,3}")
# Bytes decoded as Western text: most become the character of the same number, these 27 another one (Windows-1252).
_WESTERN = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# UTF-8 decoded as GB18030 is all pairs except a byte 80, which Windows and browsers decode as the euro, and an odd byte
# before ASCII.
_NO_PAIR, _EURO, _NOTHING = re.compile("\ufffd(?=[^\x00-\x7f])"), re.compile("€"), re.compile("(?!)")
_USER_DEFINED = re.compile("[\ue000-\uf8ff]")
_NUL_BYTES, _NULS = re.compile(rb"\0+"), re.compile("\0+")
_FEW = 3  # NULs; fewer are padding
_PAIRS = 200_000  # bytes in which UTF-16 shows itself
_CONTROL = {chr(c) for c in range(32)} - set("\t\n\r\f\v\x1b")


@cache
def _common() -> frozenset[str]:
    """Return the 3,755 characters of GB2312's first level (nearly all of any folded modern text) and punctuation."""
    rows = (bytes([high, low]).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset("".join(rows)) | frozenset("，。、；：？！“”‘’（）《》「」『』【】…—·％　")


def _plausibility(text: str) -> float:
    """Return the share of the characters beyond ASCII that are everyday Chinese, -2 to 1; lost ones count -2."""
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    common = _common()
    good = sum(character in common or fold(character) in common for character in beyond)
    bad = text.count("\ufffd") + sum(
        "\ue000" <= character <= "\uf8ff" or "\x80" <= character <= "\x9f" for character in beyond
    )
    return (good - 2 * bad) / len(beyond)


def decode(data: bytes) -> Decoded:
    """Decode the bytes of a file. Changes no decodable character and keeps line ends; only NULs are left out.

    A byte order mark decides, then the NULs of UTF-16, then strict UTF-8 over the whole file, then the most plausible
    of GB18030, Big5-HKSCS and damaged UTF-8. Raises UnreadableFile if the data is binary or no encoding is plausible.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            marked = _undone(_lenient(data[len(mark) :], encoding))
            if len(marked.text) > 50 and not marked.text.isascii() and _plausibility(marked.text) < _NOISE:
                raise UnreadableFile("reading.binary_data")
            return _demand_text(_without_nuls(marked))
    if (wide := _unmarked_utf16(data)) is not None:
        return _demand_text(wide)
    # Away before the encoding is judged: a long tail of them would outweigh the text.
    data, nuls = _NUL_BYTES.subn(_nul_space, data) if b"\0" in data else (data, 0)
    if nuls and not data:
        raise UnreadableFile("reading.binary_data")
    try:
        decoded = Decoded(data.decode("utf-8"), "utf-8", 0)
    except UnicodeDecodeError:
        decoded = _mixed(data) or _most_plausible(data)
    decoded = _demand_text(_undone(decoded))
    return _with_nuls(decoded, nuls)


def _nul_space(match: re.Match[bytes]) -> bytes:
    """Return what stands for a run of NULs: a space between two fields, nothing at the end of a line or of the file."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    return b" " if before.strip() and after.strip() else b""


def _with_nuls(decoded: Decoded, nuls: int) -> Decoded:
    return replace(decoded, repairs=tuple(sorted((*decoded.repairs, ("nul_runs", nuls))))) if nuls else decoded


def _without_nuls(decoded: Decoded) -> Decoded:
    text, nuls = _NULS.subn("", decoded.text)
    return _with_nuls(replace(decoded, text=text), nuls)


def _unmarked_utf16(data: bytes) -> Decoded | None:
    """Decode UTF-16 without a byte order mark, None for other data.

    Its line ends, spaces and figures have a NUL as every other byte, in the same half of each pair.
    """
    body = data.rstrip(b"\0")
    body += b"\0" * (len(body) % 2)  # the half of a last line end
    first, second = body[:_PAIRS:2].count(0), body[1:_PAIRS:2].count(0)
    if max(first, second) < _FEW or min(first, second) * 4 > max(first, second):
        return None
    encoding = "utf-16-le" if second > first else "utf-16-be"
    decoded = _lenient(body, encoding)
    text = decoded.text[:_PAIRS]
    beyond = sum(character > "\x7f" for character in text)
    if "\0" in text or (_plausibility(text) < _PLAUSIBLE if beyond * 20 > len(text) else beyond):
        return None
    return _with_nuls(_undone(decoded), int(len(data) > len(body)))


def _most_plausible(data: bytes) -> Decoded:
    # 2 MB are enough to judge a larger file by; all of it is decoded.
    sample = data[:2_000_000]
    candidates = [
        (_plausibility(sample.decode(name, "replace")), -rank, name)
        for rank, name in enumerate(("gb18030", "big5hkscs", "utf-8"))
    ]
    plausibility, _, encoding = max(candidates)
    decoded = _lenient(data, encoding)
    if plausibility < _LEAST:
        raise UnreadableFile("reading.unknown_encoding")
    if encoding == "big5hkscs":
        try:
            data.decode("big5")
        except UnicodeDecodeError:
            return decoded
        return replace(decoded, encoding="big5")  # the narrower name, if no character of Hong Kong's extension occurs
    return decoded


def _mixed(data: bytes) -> Decoded | None:
    """Decode a file that joins lines of UTF-8 and of GB18030, each line by itself; None for any other file."""
    lines: list[str] = []
    witnesses = other = lost = 0
    for line in data.split(b"\n"):
        try:
            text = line.decode("utf-8")
            witnesses += (
                not text.isascii()
                and sum(character > "\x7f" for character in text) >= _LINE
                and _plausibility(text) >= _PLAUSIBLE
            )
        except UnicodeDecodeError:
            part = _lenient(line, "gb18030")
            text = part.text
            lost += part.undecodable
            other += sum(character > "\x7f" for character in text) >= _LINE and _plausibility(text) >= _PLAUSIBLE
        lines.append(text)
    if not (witnesses and other):
        return None
    return Decoded("\n".join(lines), "utf-8+gb18030", lost, (("mixed_encodings", other),))


def _undone(decoded: Decoded) -> Decoded:
    """Undo one wrong decoding, if the text shows one, and count the characters that it destroyed."""
    text = decoded.text
    repairs = dict(decoded.repairs)
    beyond = [character for character in text[:20_000] if character > "\x7f"]
    if len(beyond) >= _LINE and _plausibility(text[:20_000]) < _DOUBTFUL:
        for wrong, right in (
            ("gb18030", "utf-8"),
            ("latin-1", "utf-8"),
            ("latin-1", "gb18030"),
            ("latin-1", "big5hkscs"),
        ):
            try:
                again = _lenient(_unread(text, wrong, right), right)
            except UnicodeEncodeError:
                continue
            if (
                again.text.count("\ufffd") * 10 <= len(again.text)
                and _plausibility(again.text.replace("\ufffd", "")) >= _PLAUSIBLE
            ):
                decoded = Decoded(
                    again.text.removeprefix("\ufeff"),
                    f"{right} read as {wrong}",
                    decoded.undecodable + again.undecodable,
                )
                repairs["double_encoding"] = 1
                break
    lost = sum(1 for _ in _LOST.finditer(decoded.text)) if not decoded.undecodable else 0
    if lost:
        repairs["lost_characters"] = lost
    return replace(decoded, repairs=tuple(sorted(repairs.items())))


def _unread(text: str, wrong: str, right: str) -> bytes:
    """Return the bytes that were decoded as `text`, without most of those that the wrong encoding could not decode.

    Raises UnicodeEncodeError if decoding by `wrong` cannot give such a text.
    """
    if wrong == "latin-1":
        # The lost byte of a pair may be the first: then a character of one byte stands in for it.
        return text.translate(_WESTERN).replace("\ufffd", "" if right == "utf-8" else "?").encode(wrong)
    lost = _NO_PAIR
    if not lost.search(text):
        lost = _EURO
    elif not _USER_DEFINED.search(text):
        lost = _NOTHING  # the decoder knew fewer pairs, so the lost byte may be any
    return b"\x80".join(piece.replace("\ufffd", "").encode(wrong) for piece in lost.split(text))


def _demand_text(decoded: Decoded) -> Decoded:
    """Return `decoded` unchanged. Raises UnreadableFile if it is binary data."""
    controls = sum(decoded.text.count(character) for character in _CONTROL)
    if controls > len(decoded.text) * 0.005 + 2 or decoded.undecodable > len(decoded.text) * 0.2 + 8:
        raise UnreadableFile("reading.binary_data")
    return decoded


def _lenient(data: bytes, encoding: str) -> Decoded:
    """Decode with one U+FFFD for each run of undecodable bytes, and count these bytes."""
    lost = 0

    def visible(error: UnicodeError) -> tuple[str, int]:
        nonlocal lost
        if not isinstance(error, UnicodeDecodeError):
            raise error
        lost += error.end - error.start
        return "\ufffd", error.end

    codecs.register_error("zhiwen-visible", visible)
    return Decoded(data.decode(encoding, "zhiwen-visible"), encoding, lost)
