"""Read a PDF: its running text, filled-in forms, title and author.

Knows how a PDF is laid out: pages, running heads and hard line ends. Does not know articles: index.text.boilerplate
decides whether the first line is a headline.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from index.errors import UnreadableFile
from index.reading.box_font import use_box_font
from index.reading.properties import NO_AUTHOR, NO_TITLE, origins_of, real_value
from index.records import Document
from index.text.radicals import RADICALS

_PAGES = 20_000  # a file may claim two billion; the thickest books have 5,000
_TEXT = 64 * 1024 * 1024  # characters; the thickest books have a hundredth of it
_STAMP = 40  # characters: "扫描全能王 创建", a page number, a date; a headline alone on a picture is as short
_COVERED = 0.5  # of a page
_FIELDS = 5_000  # of the forms on one page
_VALUE = 200_000  # bytes of one field's value
_EDGE = 3  # lines at either end of a page that may be its head or foot
_PDFIUM = threading.Lock()  # PDFium keeps its state in globals: two threads at once crash the process

_FILLED = "\x1e"  # stands around a line of a form while lines are joined
_CHECKED = "☑"
_ENDS = tuple("。！？：；”’」』…!?;:" + _FILLED)
_FULL = 0.8  # of the width of the page's lines: Latin words and hanging marks leave up to a fifth
_NARROW = 20  # half-width columns; shorter lines are lists and verses
_STARTS = re.compile(
    r"[\x1e\u3000\t•·●■◆▪○★]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]"
    r"|第[一二三四五六七八九十百\d]+[章节条回]|\d{1,3}[.、．]\s*\D"
)
_PAGE_NUMBER = re.compile(r"\W*(?:第|page)?\s*\d{1,5}\s*页?(?:\W*(?:共|of)?\s*\d{1,5}\s*页?)?\W*", re.IGNORECASE)


def read_pdf(data: bytes) -> Document:
    """Read a PDF's text: join pages, and lines to paragraphs; leave out running heads and page numbers.

    Raises UnreadableFile for a file that is encrypted, damaged or holds only pictures.
    """
    texts, pictures, properties = _pdf_pages(data)
    letters = Counter(_kind(character) for text in texts for character in text)
    if not letters["letter"] and not letters["nothing"]:
        raise UnreadableFile("reading.pdf_pictures")
    if letters["nothing"] > letters["letter"]:
        raise UnreadableFile("reading.pdf_unknown_characters")
    empty = sum(not any(character.isalnum() for character in text) for text in texts)
    stamped = sum(picture and _is_stamp(text) for text, picture in zip(texts, pictures, strict=True))
    if stamped and stamped + empty == len(texts):
        raise UnreadableFile("reading.pdf_pictures")
    empty += stamped
    pages = [[line.rstrip() for line in text.split("\n") if line.strip()] for text in texts]
    pages, left_out = _without_page_lines(pages)
    lines, joined = _paragraphs(pages)
    lines = [line.replace(_FILLED, "") for line in lines]
    title, author = real_value(properties.get("Title"), NO_TITLE), real_value(properties.get("Author"), NO_AUTHOR)
    repairs = tuple(
        (name, count)
        for name, count in (("line_wraps", joined), ("page_lines", left_out), ("pages_without_text", empty))
        if count
    )
    origins = origins_of(title, "pdf info", author, "pdf info")
    return Document("\n".join(lines), "pdf", title=title, author=author, origins=origins, repairs=repairs)


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
        and not any(line.rstrip().endswith(_ENDS) for line in lines)
    )


def _pdf_pages(data: bytes) -> tuple[list[str], list[bool], dict[str, str]]:
    """Return the text of each page, whether a picture fills it, and the file's properties. Raises UnreadableFile."""
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
            if document.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
                document.init_forms()
            texts, pictures, size = [], [], 0
            for number in range(min(len(document), _PAGES)):
                text, picture = _page_text(document, number)
                texts.append(text)
                pictures.append(picture)
                size += len(texts[-1])
                if size > _TEXT:
                    raise UnreadableFile("reading.too_much_text", count=_TEXT >> 20)
            return texts, pictures, dict(document.get_metadata_dict())
        finally:
            document.close()


def _page_text(document: Any, number: int) -> tuple[str, bool]:
    """Return the text of one page, "" if it is damaged, and whether a picture fills a page of little text."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return "", False
    picture = False
    try:
        if page.get_rotation() and _lies_level(page):
            # PDFium orders lines as the turned page shows them; lines of level text would run backwards.
            page.set_rotation(0)
        text = _text_of(page)
        if document.formenv is not None:
            text = _with_values(text, _form_values(page, document.formenv.raw))
        picture = len(text) <= 2 * _STAMP and _is_picture(page)
    except pypdfium2.PdfiumError:
        return "", False
    finally:
        page.close()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # PDFium marks the hyphen of a divided word so; remove it and the line end after it.
    return re.sub("[\x02\ufffe]\n?", "", text).translate(RADICALS), picture


def _is_picture(page: Any) -> bool:
    """Return True if pictures cover most of a page."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered = 0.0
    for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = each.get_bounds()
        covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return bool(covered >= _COVERED * width * height)


def _text_of(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()


def _form_values(page: Any, form: Any) -> list[tuple[str, str]]:
    """Return (label, value) of each form field of a page that is filled in, in the order of the file."""
    import pypdfium2.raw as pdfium

    values: list[tuple[str, str]] = []
    text_page = page.get_textpage()
    try:
        for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _FIELDS)):
            annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
            if not annotation:
                continue
            try:
                if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                    values += _form_value(form, annotation, text_page)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    finally:
        text_page.close()
    return values


def _form_value(form: Any, annotation: Any, text_page: Any) -> list[tuple[str, str]]:
    """Return the label and the value of one field; nothing if it is empty or a button."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind == pdfium.FPDF_FORMFIELD_PUSHBUTTON or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return []
    bottom, top = min(box.bottom, box.top), max(box.bottom, box.top)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not pdfium.FPDFAnnot_IsChecked(form, annotation):
            return []
        after = text_page.get_text_bounded(left=box.right, bottom=bottom, right=box.right + 150, top=top)
        return [("", f"{_CHECKED} {' '.join(after.split()[:1])}".strip())]
    value = " ".join(_wide(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation).split())
    if not value:
        return []
    before = text_page.get_text_bounded(left=0, bottom=bottom, right=box.left + 1, top=top).split()
    names = (pdfium.FPDFAnnot_GetFormFieldAlternateName, pdfium.FPDFAnnot_GetFormFieldName)
    label = before[-1] if before else next((name for read in names if (name := _wide(read, form, annotation))), "")
    return [(label, value)]


def _wide(read: Any, form: Any, annotation: Any) -> str:
    """Return the text that a function of PDFium writes into a buffer as UTF-16."""
    import ctypes

    size = min(read(form, annotation, None, 0), _VALUE)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    read(form, annotation, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _with_values(text: str, values: Sequence[tuple[str, str]]) -> str:
    """Return the text of a page with the value of each field after its label."""
    lines = text.replace("\r\n", "\n").split("\n")
    for label, value in values:
        if value.startswith(_CHECKED):  # the label stands after its box
            place = next((i for i, line in enumerate(lines) if line.strip() == value[1:].strip()), len(lines))
            lines[place : place + 1] = [f"{_FILLED}{value}{_FILLED}"]
            continue
        place = next((i for i, line in enumerate(lines) if label and line.rstrip().endswith(label)), len(lines))
        before = lines[place].rstrip() if place < len(lines) else label
        sign = "" if before.endswith(("：", ":")) or not before else "："
        lines[place : place + 1] = [f"{_FILLED}{before}{sign}{value}{_FILLED}"]
    return "\n".join(lines)


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


def _without_page_lines(pages: list[list[str]]) -> tuple[list[list[str]], int]:
    """Return the pages without the lines that stand at the edge of most of them, and how many lines are left out."""
    seen: dict[str, list[tuple[int, str]]] = {}
    for number, lines in enumerate(pages):
        edge = {_page_key(line): line for line in [*lines[:_EDGE], *lines[-_EDGE:]]}
        for key, line in edge.items():
            seen.setdefault(key, []).append((number, line))
    # Left and right pages of a book have different heads. Of two pages, only a page number is sure not to be text.
    often = {
        key
        for key, edges in seen.items()
        if len(edges) >= max(3, 0.45 * len(pages)) and (_same(edges) or _counts_up(edges))
    }
    if len(pages) == 2 and all(pages) and pages[0][0] == pages[1][0]:  # a head: no sentence opens both of two pages
        often.add(_page_key(pages[0][0]))
    numbers = {
        key
        for key, edges in seen.items()
        if 2 <= len(edges) == len(pages) and _PAGE_NUMBER.fullmatch(edges[0][1]) and _counts_up(edges)
    }
    kept, left_out = [], 0
    for lines in pages:
        last = len(lines) - 1
        out = {
            place for place, line in enumerate(lines) if min(place, last - place) < _EDGE and _page_key(line) in often
        }
        out |= {place for place in {0, last} if lines and _page_key(lines[place]) in numbers}
        kept.append([line for place, line in enumerate(lines) if place not in out])
        left_out += len(out)
    return kept, left_out


def _page_key(line: str) -> str:
    """Return a line without spaces and with 0 for every figure: equal for the heads of two pages."""
    return re.sub(r"\d+", "0", "".join(line.split()))


def _same(edges: list[tuple[int, str]]) -> bool:
    return len({"".join(line.split()) for _, line in edges}) <= 1 + len(edges) // 3


def _counts_up(edges: list[tuple[int, str]]) -> bool:
    """Return True if a figure in the lines grows with the page number; the figures of a table do not."""
    steps = Counter(
        step for number, line in edges for step in {int(figure) - number for figure in re.findall(r"\d{1,6}", line)}
    )
    return max(steps.values(), default=0) >= 0.8 * len(edges)


def _width(line: str) -> int:
    """Return the width of a line in half-width columns, without its indentation."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in line.strip())


def _paragraphs(pages: Sequence[list[str]]) -> tuple[list[str], int]:
    """Join lines to paragraphs. Return them and how many line ends were removed."""
    paragraphs: list[str] = []
    joined, full = 0, False
    for lines in pages:
        widths = sorted(_width(line) for line in lines)
        block = max(widths[len(widths) * 9 // 10], _NARROW) if widths else _NARROW
        for line in lines:
            if full and not _STARTS.match(line):
                paragraphs[-1] = _joint(paragraphs[-1], line.strip())
                joined += 1
            else:
                paragraphs.append(line)
            full = _width(line) >= _FULL * block and not line.rstrip("\"'）) ").endswith(_ENDS)
    return paragraphs, joined


def _joint(before: str, after: str) -> str:
    latin = before[-1:].isascii() and after[:1].isascii()
    words = latin and (before[-1:].isalnum() or before[-1:] in ",.)") and after[:1].isalnum()
    return f"{before} {after}" if words else before + after
