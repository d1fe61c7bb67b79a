"""Read a Word file (.docx): its paragraphs, tables and properties.

Knows the parts of the package: text, notes, styles, properties, tables and tracked changes. Does not know articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.reading.package import Package, open_package, parsed_xml, properties_of
from index.reading.package import tag_of as _tag
from index.reading.properties import NO_AUTHOR, NO_TITLE, origins_of, real_value
from index.reading.superscripts import superscript
from index.reading.tables import Cell, table_lines
from index.reading.word_numbers import number_paragraphs
from index.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# The vocabulary of Word, and of "Strict Open XML".
_VOCABULARIES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_PARTS = frozenset({"document", "styles", "numbering", "footnotes", "endnotes", "comments"})
_COLUMNS = 200  # of a table; a file may claim any number
# Elements outside the text: deletions, readings over characters, and the copy of a text box for old programs.
_PASSED_OVER = {"del", "moveFrom", "rt", "Fallback", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr"}
_STRUCK = ("strike", "dstrike")

_OFF = ("0", "false", "off")


def read_docx(data: bytes) -> Document:
    """Read a Word file's paragraphs, tables and notes as lines, tracked changes accepted.

    Headers, footers and comments are left out; comments are counted.

    Raises UnreadableFile for a file that is encrypted, damaged, too large, without text, or of the old .doc format.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile("reading.encrypted")
        raise UnreadableFile("reading.old_word")
    package = open_package(data)
    parts = _parts(package)
    body = parts.get("document")
    notes = {kind: _notes(parts.get(kind + "s"), kind) for kind in ("footnote", "endnote")}
    lines: list[str] = []
    styled: list[tuple[str, str]] = []  # (style, line) of each paragraph outside tables
    if body is not None:
        names = _style_names(parts.get("styles"))
        numbered = number_paragraphs(body, parts.get("numbering"), parts.get("styles"))
        for block in _blocks(body):
            block_lines = _rows(block) if _tag(block) == "tbl" else _paragraph(block)
            if block_lines and block not in numbered and _tag(block) == "p":  # a numbered heading is a section's
                styled.append((names.get(_style(block), _style(block)).lower(), block_lines[0]))
            lines += block_lines
            for kind, known in notes.items():
                for reference in block.iter(*_names(kind + "Reference")):
                    lines += known.pop(_value(reference, "id"), [])  # after the paragraph that refers to it
    if not any(character.isalnum() for line in lines for character in line):
        raise UnreadableFile("reading.no_word_file" if body is None else "reading.no_text")
    head = next(
        (
            line
            for style, line in styled[:5]
            if style.replace(" ", "") in ("title", "heading1", "标题", "标题1", "標題1")
        ),
        "",
    )
    properties = properties_of(package)
    own = real_value(properties.get("title"), NO_TITLE)
    title, author = " ".join(head.split()) or own, real_value(properties.get("creator"), NO_AUTHOR)
    origins = origins_of(title, "docx heading" if head else "docx properties", author, "docx properties")
    comments = parts.get("comments")
    left_out = sum(1 for _ in comments.iter(*_names("comment"))) if comments is not None else 0
    runs = body.iter(*_names("r")) if body is not None else ()
    struck = sum(any(_is_on(run, name) for name in _STRUCK) for run in runs)
    counts = (("comments_left_out", left_out), ("damaged_parts", package.damaged), ("struck_out", struck))
    repairs = tuple((name, count) for name, count in counts if count)
    return Document("\n".join(lines), "docx", title=title, author=author, origins=origins, repairs=repairs)


def _parts(package: Package) -> dict[str, Element | None]:
    """Return the roots of a Word file's parts by name; a part may be numbered."""
    parts: dict[str, Element | None] = {}
    for name, data in package.parts.items():
        kind = re.sub(r"\d*\.xml$", "", name.removeprefix("word/"))
        if name.startswith("word/") and kind in _PARTS:
            parts.setdefault(kind, parsed_xml(data))
    return parts


def _notes(part: Element | None, kind: str) -> dict[str, list[str]]:
    """Return the lines of each note by its id; separators, which have a type, are none."""
    results = part.iter(*_names(kind)) if part is not None else ()
    return {_value(note, "id"): _cell(note) for note in results if _value(note, "type") in ("", "normal")}


def _names(name: str) -> tuple[str, ...]:
    """Return the names of an element of Word in both vocabularies."""
    return tuple(vocabulary + name for vocabulary in _VOCABULARIES)


def _child(element: Element, *path: str) -> Element | None:
    """Return the first element at a path of names below an element, None if there is none."""
    for name in path:
        child = next((each for each in element if _tag(each) == name), None)
        if child is None:
            return None
        element = child
    return element


def _around(element: Element, name: str) -> Element | None:
    return next(element.iterancestors(*_names(name)), None)


def _value(element: Element | None, name: str = "val") -> str:
    """Return an attribute of Word, "" if it or the element is not there."""
    if element is None:
        return ""
    return next((value for vocabulary in _VOCABULARIES if (value := element.get(vocabulary + name))), "")


def _blocks(element: Element) -> Iterator[Element]:
    """Yield the paragraphs and tables under an element, outermost first, in order, without tracked deletions."""
    for child in element:
        tag = _tag(child)
        if tag in ("p", "tbl"):
            yield child
        elif tag not in _PASSED_OVER:
            yield from _blocks(child)


def _paragraph(paragraph: Element) -> list[str]:
    """Return the lines of a paragraph, then those of its text boxes."""
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
        elif tag == "r" and (_is_on(child, "vanish") or any(_is_on(child, name) for name in _STRUCK)):
            continue  # hidden text, and what no longer holds
        elif tag == "r" and _value(_child(child, "rPr", "vertAlign")) == "superscript":
            raised: list[str] = []
            _collect(child, raised, boxes)
            pieces.append(superscript("".join(pieces[-8:]), "".join(raised)))
        elif tag not in _PASSED_OVER:
            _collect(child, pieces, boxes)


def _is_on(run: Element, name: str) -> bool:
    """Return True if a run of text is hidden or struck out itself."""
    mark = _child(run, "rPr", name)
    return mark is not None and _value(mark) not in _OFF


def _rows(table: Element) -> list[str]:
    """Return the lines of a table: each row with its heads, merged and empty cells in their places."""
    grid: list[list[Cell]] = []
    for row in (element for element in table.iter(*_names("tr")) if _around(element, "tbl") is table):
        if _child(row, "trPr", "del") is not None:
            continue
        is_head = _child(row, "trPr", "tblHeader") is not None
        before = _value(_child(row, "trPr", "gridBefore"))
        line = [Cell("")] * (int(before) if before.isdecimal() and int(before) < _COLUMNS else 0)
        for cell in (element for element in row.iter(*_names("tc")) if _around(element, "tr") is row):
            span = _value(_child(cell, "tcPr", "gridSpan"))
            merged = _child(cell, "tcPr", "vMerge")
            above = grid[-1][len(line)] if grid and len(line) < len(grid[-1]) else None
            made = Cell("\n".join(_cell(cell)), is_head)
            if (
                merged is not None
                and _value(merged) in ("", "continue")
                and above is not None
                and not made.text.strip()
            ):
                made = above
            line += [made] * (min(int(span), _COLUMNS) if span.isdecimal() and span != "0" else 1)
            if len(line) > _COLUMNS:
                break
        grid.append(line)
    return table_lines(grid)


def _cell(cell: Element) -> list[str]:
    lines: list[str] = []
    for block in _blocks(cell):
        lines += _rows(block) if _tag(block) == "tbl" else _paragraph(block)
    return lines


def _style(paragraph: Element) -> str:
    return _value(_child(paragraph, "pPr", "pStyle"))


def _style_names(styles: Element | None) -> dict[str, str]:
    """Return the name of each style by its id; Chinese Word writes ids such as `a3`."""
    results = styles.iter(*_names("style")) if styles is not None else ()
    return {_value(style, "styleId"): _value(_child(style, "name")) for style in results}
