"""Fit text into the width of a terminal.

Knows how wide characters are drawn (a Chinese one fills two columns) and the escape sequences of colours. Does not know
what the text says. Nothing is changed but where a line ends: white space there is dropped, every other character stays.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells

# A line ends between these: a colour, white space, a Latin word, or a character with the signs that belong to it.
_PIECE = re.compile(
    r"\x1b\[[\d;]*m|\s+|[!-~]+|[（“‘《「【〔]*[^\s\x1b!-~（“‘《「【〔]?[，。、；：！？”’）》」】〕…%]*", re.DOTALL
)
_PLAIN = "\x1b[0m"


def wrap(line: str, width: int) -> list[str]:
    """A line as lines of at most `width` columns, each indented as the first; a colour goes on in the next line."""
    indent = line[: len(line) - len(line.lstrip(" "))][: width // 2]
    lines, current, used, colours = [], "", 0, ""
    for piece in _PIECE.findall(line):
        if piece.startswith("\x1b"):
            colours = "" if piece == _PLAIN else colours + piece
            current += piece
            continue
        room = max(width - len(indent), 2)  # a Chinese character
        for part in chop_cells(piece, room) if cell_len(piece) > room else [piece]:
            size = cell_len(part)
            if used + size > width and used > len(indent):
                lines.append(current.rstrip() + (_PLAIN if colours else ""))
                current, used = indent + colours, len(indent)
                if part.isspace():
                    continue
            current, used = current + part, used + size
    return [*lines, current.rstrip() if not colours else current]


def cut(line: str, width: int, rows: int = 1) -> list[str]:
    """The beginning of a line as at most `rows` lines of `width` columns; “…” says that there is more."""
    lines = wrap(line, width)
    if len(lines) <= rows:
        return lines
    last = wrap(lines[rows - 1], width - 1)[0]
    return [*lines[: rows - 1], f"{last}…"]
