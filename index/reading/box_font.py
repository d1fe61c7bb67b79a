"""Give PDFium a font of its own, so that reading a PDF does not depend on the fonts of a machine.

Knows how a TrueType font is laid out and how PDFium asks for fonts. Does not know PDF files.

A PDF may name a font without embedding it. PDFium then takes the boxes of its characters from a font of the system, and
loses a character that no font has. The font here draws every character as a box.
"""

from __future__ import annotations

import ctypes
import struct
from functools import cache
from typing import Any

_EM = 1000  # units of the font; a Chinese character is as wide as this, a Latin letter half of it
_LATIN_END = 0x24F  # the last character that is half as wide
_TOP, _BOTTOM = 880, -120
_FONT = ctypes.c_void_p(1)  # the handle of the only font


@cache
def box_font() -> bytes:
    """Return a TrueType font in which every character from U+0020 on is a box. The bytes are always the same."""
    outlines = [_box(_EM), _box(_EM), _box(_EM // 2)]  # glyph 0: not in the font; 1: Chinese; 2: Latin
    places = [sum(map(len, outlines[:number])) for number in range(len(outlines) + 1)]
    tables = {
        b"cmap": _character_map(),
        b"glyf": b"".join(outlines),
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0, 0, _BOTTOM, _EM, _TOP, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, _TOP, _BOTTOM, 0, _EM, 0, 0, _EM, 1, *[0] * 7, 3),
        b"hmtx": struct.pack(">HhHhHh", _EM, 0, _EM, 0, _EM // 2, 0),
        b"loca": struct.pack(f">{len(places)}I", *places),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 3, 4, 1, 0, 0, 2, *[0] * 8),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    begin = 12 + 16 * len(tables)
    directory, data = b"", b""
    for name, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", name, checksum, begin + len(data), len(table))
        data += padded
    return struct.pack(">IHHHH", 0x10000, len(tables), 128, 3, 16 * len(tables) - 128) + directory + data


def _box(width: int) -> bytes:
    """Return the outline of a box that fills the advance `width` (font units) except for a small margin."""
    left, right = 40, width - 40
    corners = struct.pack(">hhhhh", 1, left, _BOTTOM, right, _TOP) + struct.pack(">HH", 3, 0) + b"\x01\x01\x01\x01"
    steps = struct.pack(">hhhh", left, 0, right - left, 0) + struct.pack(
        ">hhhh", _BOTTOM, _TOP - _BOTTOM, 0, _BOTTOM - _TOP
    )
    outline = corners + steps
    return outline + bytes(-len(outline) % 4)


def _character_map() -> bytes:
    """Return the cmap table in format 13, which gives one glyph to a whole range of characters."""
    wide = struct.pack(">HHIIIIIIIII", 13, 0, 40, 0, 2, 0x20, _LATIN_END, 2, _LATIN_END + 1, 0x10FFFF, 1)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + wide


@cache
def use_box_font() -> Any:
    """Make PDFium use `box_font` for every font that a file does not embed.

    Keep the result alive: PDFium calls into it.
    """
    import pypdfium2.raw as pdfium

    kinds = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    data = box_font()

    def font_data(_info: Any, _font: Any, table: int, buffer: Any, size: int) -> int:
        """Copy a table of the font (the whole font for table 0) if it fits, and return its length in bytes."""
        table_data = data if not table else _table(data, table)
        if buffer and size >= len(table_data):
            ctypes.memmove(buffer, table_data, len(table_data))
        return len(table_data)

    info = pdfium.FPDF_SYSFONTINFO(
        version=1,
        Release=kinds["Release"](lambda _info: None),
        EnumFonts=kinds["EnumFonts"](lambda _info, _mapper: None),
        MapFont=kinds["MapFont"](lambda *_request: _FONT.value),
        GetFont=kinds["GetFont"](lambda *_request: _FONT.value),
        GetFontData=kinds["GetFontData"](font_data),
        GetFaceName=kinds["GetFaceName"](lambda *_request: 0),
        GetFontCharset=kinds["GetFontCharset"](lambda *_request: 1),
        DeleteFont=kinds["DeleteFont"](lambda _info, _font: None),
    )
    pdfium.FPDF_SetSystemFontInfo(info)
    return info


def _table(data: bytes, tag: int) -> bytes:
    for place in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16):
        name, _, start, length = struct.unpack_from(">IIII", data, place)
        if name == tag:
            return data[start : start + length]
    return b""
