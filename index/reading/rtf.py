"""Read the RTF in which Outlook keeps some mails, packed in a way of its own.

Knows what the libraries for it do not: bytes that are no escapes, fonts without a charset, and rows of tables. Does not
know mails. Files named .rtf go through LibreOffice (index.reading.conversion).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.errors import UnreadableFile
from index.reading.tables import Cell, table_lines

_LARGEST = 256 * 1024  # bytes, packed; both libraries work in Python, a character at a time
_FONTS = 16 * 1024  # characters of the table of fonts, which is searched for each font
_RAW = re.compile(rb"[\x80-\xff]")
_CHINESE = re.compile(r"\\ansicpg(?:936|950|54936)\b")
_NO_CHARSET = re.compile(r"\\fcharset[01](?!\d)")


def packed_rtf_text(data: bytes) -> str:
    """Return the text of packed RTF, a table as lines. Raises UnreadableFile if it is damaged or too large."""
    from compressed_rtf import decompress
    from striprtf.striprtf import rtf_to_text

    if len(data) > _LARGEST:
        raise UnreadableFile("reading.mail_rtf")
    try:
        raw = decompress(data)
        # Some programs write the bytes of a character as they are.
        rtf = _RAW.sub(lambda match: b"\\'%02x" % match[0][0], raw).decode("ascii")
        text: str = rtf_to_text(_prepared(rtf), errors="replace")  # type: ignore[no-untyped-call]
    except UnreadableFile:
        raise
    except Exception as error:  # what they raise for damage is of every kind
        raise UnreadableFile("reading.mail_rtf") from error
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # of both halves of a character
    return "\n".join(_lines(whole))


def _prepared(rtf: str) -> str:
    """Return RTF without what makes the library slow or takes Chinese text for another one's."""
    from striprtf.striprtf import font_table_group

    # The address of a link is no text, and the pattern that looks for it takes ever longer.
    rtf = re.sub(r"(?i)\\fldinst", r"\\fldtype", rtf)
    fonts: str = font_table_group(rtf)  # type: ignore[no-untyped-call]
    if len(fonts) > _FONTS:
        raise UnreadableFile("reading.mail_rtf")
    if not _CHINESE.search(rtf):
        return rtf
    # Such a font is also named where another one shows the Chinese characters.
    return rtf.replace(fonts, _NO_CHARSET.sub("", fonts), 1) if fonts else rtf


def _lines(text: str) -> Iterator[str]:
    """Yield the lines; a cell ends in `|`, and rows that follow each other are a table."""
    rows: list[list[Cell]] = []
    for line in [*text.split("\n"), ""]:
        plain = line.replace("\xa0", " ").strip()
        cells = plain.removesuffix("|").split("|") if plain.endswith("|") else []
        if cells:
            rows.append([Cell(cell.strip()) for cell in cells])
            continue
        yield from table_lines(rows) if rows else ()
        rows = []
        if plain:
            yield plain
