"""PDF and Word files become one document each: their running text, and what they say of themselves.

Knows how both are laid out: pages, running heads and hard line ends; paragraphs, tables and tracked changes. Does not know
articles: whether the first line is a headline is read elsewhere.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from index.archives import Member, unpacked
from index.errors import UnreadableFile
from index.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PAGES = 20_000  # a file may claim two thousand million; the thickest books have 5,000
_TEXT = 64 * 1024 * 1024  # bytes of XML in a Word file: a book of 1,000 pages has 10 MB
_EDGE = 3  # lines at either end of a page that may be its head or foot
_PDFIUM = threading.Lock()  # PDFium keeps its state in globals: two threads in it at once crash the process

_ENDS = tuple("。！？：；”’」』…!?;:")
_FULL = 0.8  # of the width of the page's lines: Latin words and hanging marks leave up to a fifth
_NARROW = 20  # half-width columns; shorter lines are lists and verses
_STARTS = re.compile(
    r"[\u3000\t•·●■◆▪○★]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|第[一二三四五六七八九十百\d]+[章节条回]|\d{1,3}[.、．]\s*\D"
)
_PAGE_NUMBER = re.compile(r"\W*(?:第|page)?\s*\d{1,5}\s*页?(?:\W*(?:共|of)?\s*\d{1,5}\s*页?)?\W*", re.IGNORECASE)
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}

_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|untitled.*|unspecified|powerpoint.*|(?:无标题|無標題|未命名).*|.*[\\/].*|\W*\d*\W*"
    r"|.*\.(?:docx?|pdf|wps|txt|rtf|indd|cdr|qxd|pptx?|xlsx?|html?|tmp|dvi|tex|s92)"
    r"|(?:文档|文件|document|doc|slide|presentation|工作簿)\W*\d*",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"admin(?:istrator)?\d*|users?\W*\d*|owner|root|guest|\W*anonymous\W*|unknown|author|作者|匿名|用户|微软用户|微軟用戶|微软中国"
    r"|(?:ms )?office.*|microsoft.*|windows.*|python-docx|apache poi|openpyxl|un-named|(?:lenovo|dell|hp|asus|acer)\b.*|pc\W*\d*|xp|china"
    r"|\W*\d*\W*|.*@.*",
    re.IGNORECASE,
)


def _real(value: object, sham: re.Pattern[str]) -> str:
    """What a file says of itself as one line, "" if a program filled it in."""
    text = " ".join(str(value or "").replace("\x00", "").split())
    return "" if len(text) > 200 or "\ufffd" in text or sham.fullmatch(text) else text


def _told(title: str, title_origin: str, author: str, author_origin: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, origin) for name, value, origin in (("author", author, author_origin), ("title", title, title_origin)) if value)


def read_pdf(data: bytes) -> Document:
    """A PDF's text, pages joined, lines joined to paragraphs, running heads and page numbers left out.

    Raises UnreadableFile for what is encrypted, damaged or only pictures.
    """
    texts, told = _pdf_pages(data)
    letters = Counter(_kind(character) for text in texts for character in text)
    if not letters["letter"] and not letters["nothing"]:
        raise UnreadableFile("its pages are pictures without text", "Run OCR on it first, such as ocrmypdf -l chi_sim.")
    if letters["nothing"] > letters["letter"]:
        raise UnreadableFile("its fonts do not tell which characters they show", "Run OCR on it first, such as ocrmypdf -l chi_sim --force-ocr.")
    empty = sum(not any(character.isalnum() for character in text) for text in texts)
    pages = [[line.rstrip() for line in text.split("\n") if line.strip()] for text in texts]
    pages, left_out = _without_page_lines(pages)
    lines, joined = _paragraphs(pages)
    title, author = _real(told.get("Title"), _NO_TITLE), _real(told.get("Author"), _NO_AUTHOR)
    repairs = tuple((name, count) for name, count in (("line_wraps", joined), ("page_lines", left_out), ("pages_without_text", empty)) if count)
    origins = _told(title, "pdf info", author, "pdf info")
    return Document("\n".join(lines), "pdf", title=title, author=author, origins=origins, repairs=repairs)


def _kind(character: str) -> str:
    """Of a character: "letter", "nothing" if its font did not tell what it is, else ""."""
    if "\ue000" <= character <= "\uf8ff" or character in "\ufffd\x00":
        return "nothing"
    return "letter" if character.isalnum() else ""


def _pdf_pages(data: bytes) -> tuple[list[str], dict[str, str]]:
    """The text of each page, and the file's own information."""
    import pypdfium2  # 100 ms to load, and only PDFs need it

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
                raise UnreadableFile("encrypted with a password", "Save it without a password.") from None
            raise UnreadableFile("no PDF, or damaged so that no page can be opened") from None
        try:
            texts, size = [], 0
            for number in range(min(len(document), _PAGES)):
                texts.append(_page_text(document, number))
                size += len(texts[-1])
                if size > _TEXT:
                    raise UnreadableFile(f"more than {_TEXT >> 20} million characters of text", "Split it.")
            return texts, dict(document.get_metadata_dict())
        finally:
            document.close()


def _page_text(document: Any, number: int) -> str:
    """The text of one page, "" if it is damaged."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""
    try:
        if page.get_rotation() and _lies_level(page):
            # PDFium orders lines as the turned page shows them; those of text that was not turned would run backwards.
            page.set_rotation(0)
        text = _text_of(page)
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # A hyphen that PDFium knows to be one of line division; the line end behind it goes too.
    return re.sub("[\x02\ufffe]\n?", "", text).translate(_RADICALS)


def _text_of(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()


def _lies_level(page: Any) -> bool:
    """True if most of the page's characters stand upright before the page is turned."""
    import pypdfium2.raw

    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        angles = [pypdfium2.raw.FPDFText_GetCharAngle(text_page.raw, place) for place in range(0, count, count // 100 + 1)]
    finally:
        text_page.close()
    return 2 * sum(1 for angle in angles if abs(angle) < 0.1) > len(angles)


def _without_page_lines(pages: list[list[str]]) -> tuple[list[list[str]], int]:
    """The pages without the lines that stand at the edge of most of them, and how many those were."""
    seen: dict[str, list[tuple[int, str]]] = {}
    for number, lines in enumerate(pages):
        edge = {_page_key(line): line for line in [*lines[:_EDGE], *lines[-_EDGE:]]}
        for key, line in edge.items():
            seen.setdefault(key, []).append((number, line))
    # Left and right pages of a book have heads of their own; of two pages, only a page number is sure to be none of the text.
    often = {key for key, found in seen.items() if len(found) >= max(3, 0.45 * len(pages)) and (_same(found) or _counts_up(found))}
    if len(pages) == 2 and all(pages) and pages[0][0] == pages[1][0]:  # no sentence opens both pages of two
        often.add(_page_key(pages[0][0]))
    numbers = {key for key, found in seen.items() if 2 <= len(found) == len(pages) and _PAGE_NUMBER.fullmatch(found[0][1]) and _counts_up(found)}
    kept, left_out = [], 0
    for lines in pages:
        last = len(lines) - 1
        out = {place for place, line in enumerate(lines) if min(place, last - place) < _EDGE and _page_key(line) in often}
        out |= {place for place in {0, last} if lines and _page_key(lines[place]) in numbers}
        kept.append([line for place, line in enumerate(lines) if place not in out])
        left_out += len(out)
    return kept, left_out


def _page_key(line: str) -> str:
    """What the heads of two pages have in common: all but spaces and figures."""
    return re.sub(r"\d+", "0", "".join(line.split()))


def _same(found: list[tuple[int, str]]) -> bool:
    return len({"".join(line.split()) for _, line in found}) <= 1 + len(found) // 3


def _counts_up(found: list[tuple[int, str]]) -> bool:
    """True if a figure in the lines goes with the page; those of a table do not, and must stay."""
    steps = Counter(step for number, line in found for step in {int(figure) - number for figure in re.findall(r"\d{1,6}", line)})
    return max(steps.values(), default=0) >= 0.8 * len(found)


def _width(line: str) -> int:
    """The width of a line in half-width columns, without its indentation."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in line.strip())


def _paragraphs(pages: Sequence[list[str]]) -> tuple[list[str], int]:
    """The lines joined to paragraphs, and how many joints there are."""
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


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# What is not part of the text: deletions, readings over characters, and the copy of a text box for old programs.
_PASSED_OVER = {"del", "moveFrom", "rt", "Fallback", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr"}


def read_docx(data: bytes) -> Document:
    """A Word file's paragraphs and tables as lines, tracked changes accepted, without heads, feet and notes.

    Raises UnreadableFile for what is encrypted, damaged, too large or the old format.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile("encrypted with a password", "Save it without a password.")
        raise UnreadableFile("old Word format", "Save it as .docx.")
    parts, damaged = _parts(data)
    body = _xml(parts.get("document", b""))
    lines: list[str] = []
    styled: list[tuple[str, str]] = []  # (style, line) of each paragraph outside tables
    if body is not None:
        names = _style_names(_xml(parts.get("styles", b"")))
        for block in _blocks(body):
            found = _rows(block) if _tag(block) == "tbl" else _paragraph(block)
            if found and _tag(block) == "p":
                styled.append((names.get(_style(block), _style(block)).lower(), found[0]))
            lines += found
    if not any(character.isalnum() for line in lines for character in line):
        raise UnreadableFile("damaged, or no Word file" if body is None else "no text in it")
    head = next((line for style, line in styled[:5] if style.replace(" ", "") in ("title", "heading1", "标题", "标题1", "標題1")), "")
    core = _xml(parts.get("core", b""))
    properties = {_tag(child): "".join(str(piece) for piece in child.itertext()) for child in core} if core is not None else {}
    own = _real(properties.get("title"), _NO_TITLE)
    title, author = " ".join(head.split()) or own, _real(properties.get("creator"), _NO_AUTHOR)
    origins = _told(title, "docx heading" if head else "docx properties", author, "docx properties")
    repairs = (("damaged_parts", damaged),) if damaged else ()
    return Document("\n".join(lines), "docx", title=title, author=author, origins=origins, repairs=repairs)


def _parts(data: bytes) -> tuple[dict[str, bytes], int]:
    """The XML of a Word file's text, styles and properties, and how many of its parts are damaged."""
    wanted = {"word/document": "document", "word/styles": "styles", "docprops/core": "core"}
    parts: dict[str, bytes] = {}
    damaged = 0
    for item in unpacked("f.zip", data, (".xml",), _TEXT):
        if isinstance(item, Member):
            name = re.sub(r"\d*\.xml$", "", item.name.removeprefix("f.zip/").lower())
            if name in wanted:
                parts.setdefault(wanted[name], item.data)
        elif "unpacks to more than" in item.reason and item.path == "f.zip":
            raise UnreadableFile(item.reason.partition(";")[0], "Save its text as a file of its own.")
        elif "not read" not in item.reason:
            damaged += 1
    return parts, damaged


def _xml(data: bytes) -> Element | None:
    """The first element, as far as it goes; entities stay what they are and nothing is fetched."""
    from lxml import etree  # 40 ms to load

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _blocks(element: Element) -> Iterator[Element]:
    """The paragraphs and tables under an element, outermost first, in order; what changes deleted is left out."""
    for child in element:
        tag = _tag(child)
        if tag in ("p", "tbl"):
            yield child
        elif tag not in _PASSED_OVER:
            yield from _blocks(child)


def _paragraph(paragraph: Element) -> list[str]:
    """The lines of a paragraph, then those of the text boxes that hang on it."""
    pieces: list[str] = []
    boxes: list[str] = []
    _collect(paragraph, pieces, boxes)
    text = "".join(pieces)
    return [*(line for line in text.split("\n") if line.strip()), *boxes]


def _collect(element: Element, pieces: list[str], boxes: list[str]) -> None:
    for child in element:
        tag = _tag(child)
        if tag == "t":
            pieces.append(child.text or "")
        elif tag in ("tab", "br", "cr", "noBreakHyphen"):
            pieces.append({"tab": "\t", "noBreakHyphen": "-"}.get(tag, "\n"))
        elif tag == "txbxContent":
            for block in _blocks(child):
                boxes += _rows(block) if _tag(block) == "tbl" else _paragraph(block)
        elif tag == "r" and child.find(f"{_W}rPr/{_W}vanish") is not None:
            continue  # hidden text
        elif tag not in _PASSED_OVER:
            _collect(child, pieces, boxes)


def _rows(table: Element) -> list[str]:
    """A line for each row. Two cells are a name and its value, `产值：30亿元`; more are parted by ` | `."""
    lines: list[str] = []
    for row in (element for element in table.iter(f"{_W}tr") if next(element.iterancestors(f"{_W}tbl")) is table):
        if row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells = [_cell(cell) for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row]
        told = [cell for cell in cells if cell]
        if len(told) == 1:
            lines += told[0]  # a table that only lays out the page
        elif told:
            texts = [" ".join(cell) for cell in told]
            lines.append(f"{texts[0].rstrip('：:')}：{texts[1]}" if len(cells) == 2 else " | ".join(texts))
    return lines


def _cell(cell: Element) -> list[str]:
    lines: list[str] = []
    for block in _blocks(cell):
        lines += _rows(block) if _tag(block) == "tbl" else _paragraph(block)
    return lines


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val") or ""


def _style_names(styles: Element | None) -> dict[str, str]:
    """The name of each style by its id; Chinese Word gives ids such as `a3`."""
    names: dict[str, str] = {}
    for style in styles.iter(f"{_W}style") if styles is not None else ():
        name = style.find(f"{_W}name")
        names[style.get(f"{_W}styleId") or ""] = "" if name is None else name.get(f"{_W}val") or ""
    return names
