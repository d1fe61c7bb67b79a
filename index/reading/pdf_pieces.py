"""Take the characters and the drawn lines of a PDF page: its text, and both with their places.

Knows PDFium's characters and paths. Does not know columns, tables or paragraphs (index.reading.layout).
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.reading.pieces import DIVIDED, Piece, middle_of
from index.reading.rulings import Ruling
from index.text.radicals import RADICALS

_GAP = 0.9  # of a character's height: a wider one parts two pieces
_LINE = 0.6  # of a character's height: further up or down is another line
_RAISED = 0.75  # of the height of the character before: a figure that is smaller and higher is no part of its number
_SHORTEST = 4.0  # points of a ruling
_LEVEL = 1.0  # points by which the ends of a level line may differ
_LINES, _OBJECTS = 2_000, 5_000  # on a page; drawings and maps have more
_SQUARES = {"2": "²", "3": "³"}
_RAISED_ENDS = ("]", "²", "³")
_LENGTHS = re.compile(r"(?:^|[^A-Za-z])(?:[kcmd]?m|[Mm]|km)$")
_HYPHENS = "\x02\ufffe"  # PDFium marks the hyphen of a divided word so

_Box = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class _Character:
    text: str
    box: _Box  # left, bottom, right, top
    line: int


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page as PDFium orders it, and its pieces and rulings, turned so that lines run level."""

    text: str
    pieces: list[Piece]
    rulings: list[Ruling]


def page_text(page: Any) -> PageText:
    """Return the text of a page."""
    text_page = page.get_textpage()
    try:
        characters, text = _characters(text_page)
        turn = _turn(text_page)
    finally:
        text_page.close()
    if not characters:
        return PageText("", [], [])
    rulings = _rulings(page)
    if turn:
        for character in characters:
            character.box = _turned(character.box, turn)
        rulings = [_turned_ruling(ruling, turn) for ruling in rulings]
    return PageText(text, list(_pieces(characters, rulings)), rulings)


def _characters(text_page: Any) -> tuple[list[_Character], str]:
    """Return the characters with a place, and the whole text with line ends."""
    import pypdfium2.raw as pdfium

    raw, box = text_page.raw, pdfium.FS_RECTF()
    pointer = ctypes.byref(box)
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    characters: list[_Character] = []
    text: list[str] = []
    line, indent = 0, ""
    last: _Box | None = None
    for place in range(text_page.count_chars()):
        code = unicode_of(raw, place)
        if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        if character in _HYPHENS:
            if characters:
                characters[-1].text += DIVIDED
            continue
        if character in "\r\n":
            if character == "\n":
                line += 1
                text.append("\n")
                last, indent = None, ""
            continue
        if character.isspace():
            if characters and characters[-1].text.endswith(_RAISED_ENDS) and pdfium.FPDFText_IsGenerated(raw, place):
                continue  # PDFium parts what is raised from what is not
            if characters and characters[-1].line == line:
                characters[-1].text += character
            elif character == "\u3000" or character == "\t":
                indent += character
            text.append(character)
            continue
        if not box_of(raw, place, pointer):
            text.append(character)
            continue
        character = character.translate(RADICALS)
        edges = (box.left, box.bottom, box.right, box.top)
        if last and character.isdigit() and _is_raised(last, edges):
            while text and text[-1] == " ":
                text.pop()
            characters[-1].text = characters[-1].text.rstrip(" ")
            raised = _written_raised(character, "".join(text[-4:]))
            text.append(raised)
            characters.append(_Character(raised, edges, line))
            continue  # the next figure is measured against the same letter
        text.append(character)
        characters.append(_Character(indent + character, edges, line))
        indent, last = "", edges
    return characters, _notes_joined("".join(text))


def _is_raised(before: _Box, box: _Box) -> bool:
    """Return True if a character is smaller and higher than the one before it, as the mark of a note is."""
    height = before[3] - before[1]
    return (
        box[3] - box[1] < _RAISED * height
        and box[1] > before[1] + 0.2 * height
        and box[3] > before[1] + 0.75 * height
        and -0.5 * height < box[0] - before[2] < height
    )


def _written_raised(figure: str, before: str) -> str:
    """Return a raised figure so that it cannot be read as part of a number: m², or [1] for the mark of a note."""
    return _SQUARES[figure] if figure in _SQUARES and _LENGTHS.search(before) else f"[{figure}]"


def _notes_joined(text: str) -> str:
    return re.sub(r"(?<=\d)\]\[(?=\d\])", "", text) if "][" in text else text


def _turn(text_page: Any) -> int:
    """Return by how many quarters of a circle most of the characters are turned."""
    import pypdfium2.raw as pdfium

    count = text_page.count_chars()
    angles = (pdfium.FPDFText_GetCharAngle(text_page.raw, place) for place in range(0, count, count // 50 + 1))
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _turned(box: _Box, turn: int) -> _Box:
    """Return a box on the page turned back by quarters of a circle."""
    left, bottom, right, top = box
    if turn == 1:
        return -top, left, -bottom, right
    if turn == 2:
        return -right, -top, -left, -bottom
    return bottom, -right, top, -left


def _turned_ruling(ruling: Ruling, turn: int) -> Ruling:
    if ruling.is_level:
        left, bottom, right, top = _turned((ruling.start, ruling.at, ruling.end, ruling.at), turn)
    else:
        left, bottom, right, top = _turned((ruling.at, ruling.start, ruling.at, ruling.end), turn)
    is_level = right - left > top - bottom
    return Ruling(True, bottom, left, right) if is_level else Ruling(False, left, bottom, top)


def _pieces(characters: Sequence[_Character], rulings: Sequence[Ruling]) -> Iterator[Piece]:
    """Yield the characters in pieces, parted by wide gaps, line ends and upright rulings."""
    uprights = [ruling for ruling in rulings if not ruling.is_level]
    run: list[_Character] = []
    for character in characters:
        if run and _parts(run[-1], character, uprights):
            yield _piece(run)
            run = []
        run.append(character)
    if run:
        yield _piece(run)


def _parts(before: _Character, after: _Character, uprights: Sequence[Ruling]) -> bool:
    one, other = before.box, after.box
    height = max(one[3] - one[1], other[3] - other[1])
    middle = (other[1] + other[3]) / 2
    if abs((one[1] + one[3]) / 2 - middle) > _LINE * height or before.line != after.line:
        return True
    gap = other[0] - one[2]
    if gap > _GAP * height or gap < -1.5 * height:
        return True
    return any(one[2] - 2 <= line.at <= other[0] + 2 and line.start <= middle <= line.end for line in uprights)


def _piece(run: Sequence[_Character]) -> Piece:
    boxes = [character.box for character in run]
    return Piece(
        _notes_joined("".join(character.text for character in run)),
        min(left for left, _, _, _ in boxes),
        min(bottom for _, bottom, _, _ in boxes),
        max(right for _, _, right, _ in boxes),
        max(top for _, _, _, top in boxes),
        run[0].line,
        middle_of(top - bottom for _, bottom, _, top in boxes),
    )


def _rulings(page: Any) -> list[Ruling]:
    """Return the level and upright lines that are drawn on a page; none if it holds a drawing."""
    import pypdfium2.raw as pdfium

    rulings: list[Ruling] = []
    for number, each in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if number > _OBJECTS or len(rulings) > _LINES:
            return []
        rulings += _lines_of(each)
    return rulings


def _lines_of(path: Any) -> Iterator[Ruling]:
    """Yield the level and upright lines of a path."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPath_CountSegments(path.raw)
    if not 1 < count <= _LINES:
        return
    matrix = _matrix(path)
    x, y = ctypes.c_float(), ctypes.c_float()
    begun = last = (0.0, 0.0)
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path.raw, number)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix[0] * x.value + matrix[2] * y.value + matrix[4],
            matrix[1] * x.value + matrix[3] * y.value + matrix[5],
        )
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield from _ruling(last, point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _ruling(point, begun)
        last = point


def _ruling(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Ruling]:
    (left, right), (bottom, top) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    if top - bottom <= _LEVEL and right - left >= _SHORTEST:
        yield Ruling(True, bottom, left, right)
    elif right - left <= _LEVEL and top - bottom >= _SHORTEST:
        yield Ruling(False, left, bottom, top)


def _matrix(path: Any) -> _Matrix:
    """Return the matrix that puts a path on its page, through the forms it stands in."""
    own = tuple(path.get_matrix().get())
    container = getattr(path, "container", None)
    while container is not None:
        a, b, c, d, e, f = container.get_matrix().get()
        own = (
            own[0] * a + own[1] * c, own[0] * b + own[1] * d, own[2] * a + own[3] * c, own[2] * b + own[3] * d,
            own[4] * a + own[5] * c + e, own[4] * b + own[5] * d + f,
        )  # fmt: skip
        container = getattr(container, "container", None)
    a, b, c, d, e, f = own
    return a, b, c, d, e, f
