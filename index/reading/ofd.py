"""Read OFD, the Chinese standard for documents with fixed pages (GB/T 33190): its text, page after page.

Knows the parts of such a package and where their pieces of text stand. Does not know articles.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.reading.package import Package, attribute, open_package, parsed_xml, part_name, tag_of
from index.reading.properties import NO_AUTHOR, NO_TITLE, origins_of, real_value
from index.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PAGES = 20_000
_SPACE = 0.5  # of a character's size: a gap that is wider is a space
_PIECES = 100_000  # of text on one page


def read_ofd(data: bytes) -> Document:
    """Read the text of every page, its lines from top to bottom.

    Raises UnreadableFile for a file that is encrypted, damaged, too large or without text.
    """
    package = open_package(data, (".xml",))
    root = package.xml("OFD.xml")
    if "encryptions.xml" in package.parts:
        raise UnreadableFile("reading.encrypted")
    lines: list[str] = []
    properties: dict[str, str] = {}
    pages = 0
    for body in root.iter("{*}DocBody") if root is not None else ():
        for child in body.iter():
            if tag_of(child) in ("Title", "Author", "CreationDate") and child.text:
                properties.setdefault(tag_of(child), child.text)
        document = next((part_name("", each.text or "") for each in body.iter("{*}DocRoot")), "")
        for page in _pages(package, document):
            pages += 1
            lines += _lines(page)
    if not any(character.isalnum() for line in lines for character in line):
        raise UnreadableFile(
            "reading.no_ofd" if root is None else "reading.pdf_pictures" if pages else "reading.no_text"
        )
    title, author = real_value(properties.get("Title"), NO_TITLE), real_value(properties.get("Author"), NO_AUTHOR)
    return Document(
        "\n".join(lines),
        "ofd",
        title=title,
        author=author,
        origins=origins_of(title, "ofd properties", author, "ofd properties"),
        repairs=(("damaged_parts", package.damaged),) if package.damaged else (),
    )


def _pages(package: Package, document: str) -> Iterator[Element]:
    """Yield the roots of a document's pages, before each the template that it is the first to use."""
    root = package.xml(document)
    if root is None:
        return
    folder = posixpath.dirname(document)
    templates = {
        attribute(each, "ID"): part_name(folder, attribute(each, "BaseLoc")) for each in root.iter("{*}TemplatePage")
    }
    pages = [each for group in root.iter("{*}Pages") for each in group if tag_of(each) == "Page"]
    parts = dict.fromkeys(part_name(folder, attribute(page, "BaseLoc")) for page in pages[:_PAGES])
    for part in parts:
        content = package.xml(part)
        if content is None:
            continue
        for use in content.iter("{*}Template"):
            below = templates.pop(attribute(use, "TemplateID"), "")
            if (template := parsed_xml(package.parts.get(below, b""))) is not None:
                yield template
        yield content


def _lines(page: Element) -> list[str]:
    """Return the lines of a page: pieces at one height side by side, from left to right."""
    pieces: list[tuple[float, float, float, float, str]] = []  # bottom, left, right, size, text
    for element in page.iter("{*}TextObject"):
        box = _numbers(attribute(element, "Boundary"))
        size = (_numbers(attribute(element, "Size")) or [3.0])[0]
        if len(box) != 4:
            continue
        for code in element.iter("{*}TextCode"):
            if not (text := "".join(map(str, code.itertext()))).strip():
                continue
            x, y = (_numbers(attribute(code, name)) or [0.0] for name in ("X", "Y"))
            left = box[0] + x[0]
            steps = _numbers(attribute(code, "DeltaX").replace("g", " "))
            width = sum(steps[: len(text) - 1]) + size if len(steps) == len(text) - 1 else max(box[2] - x[0], 0.0)
            pieces.append((box[1] + y[0], left, left + width, size, text))
        if len(pieces) > _PIECES:
            break
    lines: list[list[tuple[float, float, float, float, str]]] = []
    for piece in sorted(pieces, key=lambda each: each[0]):
        if lines and abs(lines[-1][0][0] - piece[0]) <= max(piece[3], lines[-1][0][3]) * 0.4:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [_joined(sorted(line, key=lambda each: each[1])) for line in lines]


def _joined(line: list[tuple[float, float, float, float, str]]) -> str:
    text, right = "", 0.0
    for _, left, own_right, size, piece in line:
        text += (" " if text and left - right > size * _SPACE else "") + piece
        right = own_right
    return text.strip()


def _numbers(value: str) -> list[float]:
    results = []
    for piece in value.split()[:10_000]:
        try:
            number = float(piece)
        except ValueError:
            continue
        if abs(number) < 1e9:
            results.append(number)
    return results
