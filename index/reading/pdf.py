"""Read a PDF: its running text, tables, notes, filled-in forms and scanned pages, its title and author.

Knows what a PDF holds, page by page. Does not know articles: index.text.boilerplate decides whether the first line is
a headline.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from index.errors import UnreadableFile
from index.progress import track
from index.reading.box_font import use_box_font
from index.reading.layout import arranged
from index.reading.ocr import Recognized, can_recognize, recognized, sureness, with_origin
from index.reading.paragraphs import ENDS, Page, is_page_number, paragraphs
from index.reading.pdf_forms import filled_cells, form_values, with_values
from index.reading.pdf_pieces import page_text
from index.reading.pieces import Grid, Item, Line, Piece, joined_line, middle_of, rows_of
from index.reading.properties import NO_AUTHOR, NO_TITLE, origins_of, real_value
from index.records import Document

_PAGES = 20_000  # a file may claim two billion; the thickest books have 5,000
_TEXT = 64 * 1024 * 1024  # characters; the thickest books have a hundredth of it
_STAMP = 40  # characters: "扫描全能王 创建", a page number, a date; a headline alone on a picture is as short
_SCANNERS = re.compile(r"扫描(?:全能王|王|宝|件)|全能扫描|夸克扫描|CamScanner|Scanned (?:by|with)", re.IGNORECASE)
_COVERED = 0.5  # of a page
_RESOLUTION = 200  # dots an inch at which a page is drawn to be recognized
_SIDE = 4_000  # dots at most
_PDFIUM = threading.Lock()  # PDFium keeps its state in globals: two threads at once crash the process
_SMALL = 0.9  # of the height of the page's text: notes are set smaller
_NOTE = re.compile(r"[①-⑳⑴-⒇*＊※†]|[\[［〔]\d{1,3}[\]］〕]|\d{1,2}[\s.、．]|\[\d\]|注\s*[:：\d一二三]")


@dataclass(slots=True)
class _PageText:
    """What a page holds."""

    page: Page = field(default_factory=lambda: Page([]))
    text: str = ""
    is_stamped: bool = False  # a picture fills it, and its text is only a stamp
    is_hidden: bool = False  # it shows something that its text does not tell
    is_high: bool = False  # its text stands in the upper half
    recognized: Recognized | None = None

    @property
    def is_empty(self) -> bool:
        """True if no text of it was read."""
        return self.is_stamped or not any(character.isalnum() for character in self.text)


def read_pdf(data: bytes) -> Document:
    """Read a PDF's text: join pages, and lines to paragraphs; leave out running heads and page numbers.

    Pages without text are recognized as pictures if that can be done here. Raises UnreadableFile for a file that is
    encrypted, damaged or without text.
    """
    texts, properties = _page_texts(data)
    letters = Counter(_kind(character) for each in texts for character in each.text)
    empty = sum(each.is_empty for each in texts)
    if empty == len(texts) and not letters["nothing"]:
        tried = any(each.recognized for each in texts)
        raise UnreadableFile("reading.ocr_nothing" if tried else "reading.pdf_pictures")
    if letters["nothing"] > letters["letter"]:
        raise UnreadableFile("reading.pdf_unknown_characters")
    lines, counts = paragraphs([each.page for each in texts])
    unread = sum(each.is_hidden and each.is_empty for each in texts) if not can_recognize() else 0
    read = [each.recognized for each in texts if each.recognized and not each.is_empty]
    title, author = real_value(properties.get("Title"), NO_TITLE), real_value(properties.get("Author"), NO_AUTHOR)
    more = (("pages_without_text", empty), ("pages_not_recognized", unread), ("pages_recognized", len(read)))
    document = Document(
        "\n".join(lines),
        "pdf",
        title=title,
        author=author,
        origins=origins_of(title, "pdf info", author, "pdf info"),
        repairs=counts + tuple((name, count) for name, count in more if count),
    )
    return with_origin(document, sureness(read)) if read else document


def _kind(character: str) -> str:
    """Return "letter", "nothing" for a character that its font does not map to Unicode, else ""."""
    if "\ue000" <= character <= "\uf8ff" or character in "\ufffd\x00":
        return "nothing"
    return "letter" if character.isalnum() else ""


def _is_stamp(text: str) -> bool:
    """Return True if the text on a picture of a page is only a page number or what a scanning program adds."""
    lines = [line for line in text.split("\n") if line.strip()]
    length = sum(len("".join(line.split())) for line in lines)
    return (
        any(character.isalnum() for character in text)
        and length <= _STAMP
        and not any(line.rstrip().endswith(ENDS) for line in lines)
    )


def _page_texts(data: bytes) -> tuple[list[_PageText], dict[str, str]]:
    """Return what each page holds, and the file's properties. Raises UnreadableFile."""
    import pypdfium2  # takes 100 ms to load; only PDFs need it

    with _PDFIUM:
        use_box_font()
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
                raise UnreadableFile("reading.encrypted") from None
            raise UnreadableFile("reading.no_pdf") from None
    try:
        with _PDFIUM:
            if document.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
                document.init_forms()
            texts, size = [], 0
            for number in range(min(len(document), _PAGES)):
                texts.append(_page_text(document, number))
                size += len(texts[-1].text)
                if size > _TEXT:
                    raise UnreadableFile("reading.too_much_text", count=_TEXT >> 20)
            properties = dict(document.get_metadata_dict())
        hidden = [number for number, each in enumerate(texts) if each.is_hidden and can_recognize()]
        for number in track(hidden, "progress.recognizing"):
            texts[number] = _recognized_page(document, number, texts[number])
        return texts, properties
    finally:
        with _PDFIUM:
            document.close()


def _page_text(document: Any, number: int) -> _PageText:
    """Return what one page of a document holds; nothing if it is damaged."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return _PageText()
    try:
        if page.get_rotation() and _lies_level(page):
            # PDFium orders lines as the turned page shows them; lines of level text would run backwards.
            page.set_rotation(0)
        laid = page_text(page)
        pieces, notes = laid.pieces, list[str]()
        values = form_values(page, document.formenv.raw) if document.formenv is not None else []
        if not values:
            pieces, notes = _without_notes(pieces)
        items = arranged(pieces, laid.rulings)
        text = "\n".join([laid.text, *(value for _, value in values)]) if values else laid.text
        result = _PageText(Page(_with_values(items, values), notes), text)
        if len(text) <= 2 * _STAMP:
            is_picture = _is_picture(page)
            result.is_stamped = is_picture and _is_stamp(text)
            result.is_high = bool(pieces) and pieces[0].middle > page.get_height() / 2
            result.is_hidden = result.is_stamped or (result.is_empty and (is_picture or _shows_something(page)))
        if not result.is_empty and _is_unmapped(text) and _has_own_fonts(page):
            result.is_hidden = True
        return result
    except pypdfium2.PdfiumError:
        return _PageText()
    finally:
        page.close()


def _with_values(items: list[Item], values: list[tuple[str, str]]) -> list[Item]:
    """Return the lines and tables of a page with what is filled in its form."""
    for place, item in enumerate(items):
        if isinstance(item, Grid) and values:
            items[place], values = filled_cells(item, values)
    lines = [item.text if isinstance(item, Line) else "" for item in items]
    written = with_values(lines, values)
    for place, line in enumerate(written):
        if place >= len(items):
            items.append(Line(line))
        elif line != lines[place]:
            items[place] = Line(line)
    return items


def _without_notes(pieces: list[Piece]) -> tuple[list[Piece], list[str]]:
    """Return the pieces of a page without the notes at its foot, and the notes.

    Notes are set smaller than the text above them, and the first begins with a mark.
    """
    rows = rows_of(pieces)
    if len(rows) < 3:
        return pieces, []
    body = middle_of(piece.height for piece in pieces for _ in piece.text)
    end = len(rows)
    while end and is_page_number(" ".join(piece.text for piece in rows[end - 1])):
        end -= 1
    first = end
    while first and all(piece.height < _SMALL * body for piece in rows[first - 1]) and len(rows[first - 1]) < 3:
        first -= 1
    while first < end and not _NOTE.match(rows[first][0].text):  # a small caption above
        first += 1
    if first in (0, end):
        return pieces, []
    out = {id(piece) for row in rows[first:end] for piece in row}
    notes: list[str] = []
    for row in rows[first:end]:
        line = " ".join(piece.text for piece in row)
        if _NOTE.match(line) or not notes:
            notes.append(line)
        else:
            notes[-1] = joined_line([notes[-1], line])
    return [piece for piece in pieces if id(piece) not in out], notes


def _is_picture(page: Any) -> bool:
    """Return True if pictures cover most of a page."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered = 0.0
    for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = each.get_bounds()
        covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return bool(covered >= _COVERED * width * height)


def _shows_something(page: Any) -> bool:
    return next(iter(page.get_objects(max_depth=3)), None) is not None


def _is_unmapped(text: str) -> bool:
    """Return True if most characters of a text are not mapped to Unicode by their font."""
    kinds = Counter(map(_kind, text))
    return kinds["nothing"] > kinds["letter"]


def _has_own_fonts(page: Any) -> bool:
    """Return True if the file embeds the fonts of a page, so that it can be drawn as it was meant."""
    import pypdfium2.raw as pdfium

    objects = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=3)
    return all(pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(each.raw)) == 1 for each in objects)


def _recognized_page(document: Any, number: int, before: _PageText) -> _PageText:
    """Return what recognition reads on one page, or the page as it was if it reads nothing."""
    import pypdfium2

    try:
        with _PDFIUM:
            page = document[number]
            try:
                if before.is_stamped:  # recognition should not read the stamp once more
                    for each in list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=1)):
                        page.remove_obj(each)
                scale = min(_RESOLUTION / 72, _SIDE / max(1.0, *page.get_size()))
                pixels = page.render(scale=scale).to_numpy()[:, :, :3].copy()
            finally:
                page.close()
    except pypdfium2.PdfiumError:
        return before
    result = recognized(pixels)
    if not result.characters:
        before.recognized = result
        return before
    # What a program or a page number adds is left out; a headline on a picture is not.
    lines = [item for item in before.page.items if isinstance(item, Line) and not _is_added(item.text)]
    kept = [line for line in lines if before.is_stamped]
    items = [*kept, *result.items] if before.is_high else [*result.items, *kept]
    return _PageText(Page(items), result.text, recognized=result)


def _is_added(line: str) -> bool:
    return is_page_number(line) or _SCANNERS.search(line) is not None


def _lies_level(page: Any) -> bool:
    """Return True if most of the page's characters are upright before the page is turned."""
    import pypdfium2.raw

    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        angles = [
            pypdfium2.raw.FPDFText_GetCharAngle(text_page.raw, place) for place in range(0, count, count // 100 + 1)
        ]
    finally:
        text_page.close()
    return 2 * sum(1 for angle in angles if abs(angle) < 0.1) > len(angles)
