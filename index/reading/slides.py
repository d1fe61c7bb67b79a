"""Read slides (.pptx): their texts in the order of the slides, tables, figures of charts, and the speaker's notes.

Knows the parts of such a package. Does not know articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.reading.package import Package, attribute, open_package, properties_of, tag_of
from index.reading.properties import NO_AUTHOR, NO_TITLE, origins_of, real_value
from index.reading.tables import Cell, expanded, table_lines
from index.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OUTSIDE = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})  # placeholders around the text
_TITLES = frozenset({"title", "ctrTitle"})
_POINTS = 2_000  # figures of a chart


def read_slides(data: bytes) -> Document:
    """Read slides as lines. Hidden slides are left out and counted.

    Raises UnreadableFile for a file that is damaged, too large or without text.
    """
    package = open_package(data)
    lines: list[str] = []
    headline, hidden = "", 0
    names = _slide_names(package)
    for name in names:
        root = package.xml(name)
        if root is None:
            continue
        if attribute(root, "show") in ("0", "false"):
            hidden += 1
            continue
        related = package.related(name)
        slide = list(_slide(package, root, dict(related)))
        if not headline:
            headline = next((text for text, is_title in slide if is_title), "")
        lines += [line for text, _ in slide for line in text.split("\n")]
        for kind, part in related.values():
            if kind == "notesSlide" and (notes := package.xml(part)) is not None:
                lines += [line for text, _ in _slide(package, notes, {}) for line in text.split("\n")]
    if not any(character.isalnum() for line in lines for character in line):
        raise UnreadableFile("reading.no_text" if names else "reading.no_slides")
    properties = properties_of(package)
    title = " ".join(headline.split()) or real_value(properties.get("title"), NO_TITLE)
    author = real_value(properties.get("creator"), NO_AUTHOR)
    origins = origins_of(title, "pptx title" if headline else "pptx properties", author, "pptx properties")
    repairs = tuple(
        (name, count) for name, count in (("damaged_parts", package.damaged), ("hidden_slides", hidden)) if count
    )
    return Document("\n".join(lines), "pptx", title=title, author=author, origins=origins, repairs=repairs)


def _slide_names(package: Package) -> list[str]:
    """Return the names of the slides' parts in their order."""
    root = package.xml("ppt/presentation.xml")
    related = package.related("ppt/presentation.xml")
    ids = (
        [
            str(value)
            for slide in root.iter("{*}sldId")
            for key, value in slide.attrib.items()
            if str(key).endswith("}id")
        ]
        if root is not None
        else []
    )
    ordered = [related[own][1] for own in ids if own in related]
    present = list(dict.fromkeys(name for name in ordered if name in package.parts))
    if present:
        return present
    # The list is lost: the numbers of the parts are the order in which they were made.
    loose = [name for name in package.parts if name.startswith("ppt/slides/slide")]
    return sorted(loose, key=lambda name: (len(name), name))


def _slide(package: Package, root: Element, related: dict[str, tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether it is the slide's title) of each shape, in the order in which they were made."""
    for shape in root.iter("{*}sp", "{*}graphicFrame"):
        if any(tag_of(above) == "Fallback" for above in shape.iterancestors()):
            continue  # a copy for old programs
        if tag_of(shape) == "sp":
            place = next((attribute(each, "type") for each in shape.iter("{*}ph")), "")
            if place not in _OUTSIDE and (text := _paragraphs(shape)):
                yield text, place in _TITLES
            continue
        for table in shape.iter("{*}tbl"):
            if rows := _table(table):
                yield "\n".join(rows), False
        for own in (attribute(each, name) for each in shape.iter("{*}chart", "{*}relIds") for name in ("id", "dm")):
            kind, part = related.pop(own, ("", ""))  # each once
            inner = package.xml(part) if kind in ("chart", "diagramData") else None
            if inner is not None and (rows := chart_lines(inner) if kind == "chart" else _diagram(inner)):
                yield "\n".join(rows), False


def _paragraphs(element: Element) -> str:
    """Return the text of an element by lines, without the numbers of slides that programs fill in."""
    lines = []
    for paragraph in element.iter("{*}p"):
        pieces = (
            each.text or "" if (tag := tag_of(each)) == "t" else "\n" if tag == "br" else "\t"
            for each in paragraph.iter("{*}t", "{*}br", "{*}tab")
            if not any(tag_of(above) == "fld" and attribute(above, "type") == "slidenum" for above in _above(each))
        )
        lines += [line.strip() for line in "".join(pieces).replace("\v", "\n").split("\n") if line.strip()]
    return "\n".join(lines)


def _above(element: Element) -> Iterator[Element]:
    """Yield the elements that hold an element, up to its paragraph."""
    parent = element.getparent()
    while parent is not None and tag_of(parent) != "p":
        yield parent
        parent = parent.getparent()


def _table(table: Element) -> list[str]:
    grid = []
    first = any(attribute(each, "firstRow") in ("1", "true") for each in table.iter("{*}tblPr"))
    for number, row in enumerate(table.iter("{*}tr")):
        cells = []
        for cell in row.iter("{*}tc"):
            if attribute(cell, "hMerge") in ("1", "true") or attribute(cell, "vMerge") in ("1", "true"):
                continue  # covered by the cell before or above
            columns, rows = (_count(cell, name) for name in ("gridSpan", "rowSpan"))
            cells.append(Cell(_paragraphs(cell), first and not number, columns, rows))
        grid.append(cells)
    return table_lines(expanded(grid))


def _count(cell: Element, name: str) -> int:
    value = attribute(cell, name)
    return int(value) if value.isdecimal() and 0 < len(value) < 6 else 1


def _diagram(root: Element) -> list[str]:
    return [line for point in root.iter("{*}pt") for line in _paragraphs(point).split("\n") if line]


def chart_lines(root: Element) -> list[str]:
    """Return the lines of a chart: its title, then each of its categories with the figures of every series."""
    title = [line for each in root.iter("{*}title") for line in _paragraphs(each).split("\n") if line][:1]
    heads, columns = [""], []
    categories: dict[int, str] = {}
    for series in root.iter("{*}ser"):
        parts = {tag_of(part): part for part in series}
        heads.append(next(iter(_points(parts.get("tx")).values()), ""))
        categories = categories or _points(parts.get("cat"))
        columns.append(_points(parts.get("val")))
    places = sorted({place for column in columns for place in column})[:_POINTS]
    if not categories or not places:
        return title
    if len(heads) == 2 and title == heads[1:]:  # programs also write the name of the only series as the title
        title = []
    grid = [[Cell(head, is_head=True) for head in heads]]
    grid += [
        [Cell(text) for text in (categories.get(i, ""), *(column.get(i, "") for column in columns))] for i in places
    ]
    return [*title, *table_lines(grid)]


def _points(element: Element | None) -> dict[int, str]:
    """Return the values that a chart keeps, by their places."""
    results: dict[int, str] = {}
    for point in element.iter("{*}pt") if element is not None else ():
        place = attribute(point, "idx")
        value = "".join(value.text or "" for value in point.iter("{*}v")).strip()
        if place.isdecimal() and len(place) < 8 and value:
            results.setdefault(int(place), value)
    return results
