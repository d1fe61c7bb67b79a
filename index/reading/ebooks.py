"""Read electronic books (.epub): one article for each chapter.

Knows the parts of such a package and the metadata of the book. Leaves the pages of chapters to index.reading.markup.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableFile
from index.reading.decoding import decode
from index.reading.markup import page_lines, parsed
from index.reading.package import Package, attribute, open_package, part_name, tag_of
from index.records import Document
from index.text.written_dates import iso_date

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SUFFIXES = (".xml", ".opf", ".ncx", ".xhtml", ".html", ".htm")
_FONTS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#rc")  # hide fonts only
_TITLE = 100  # characters of a chapter's name
_HEADINGS = ("h1", "h2", "h3")


def read_book(data: bytes) -> list[Document]:
    """Read the chapters of a book, in order, each with the book's title as its source.

    Raises UnreadableFile for a book that is encrypted, damaged, too large or without text.
    """
    package = open_package(data, _SUFFIXES)
    encryption = package.parts.get("meta-inf/encryption.xml", b"")
    if encryption.count(b"EncryptionMethod") > sum(encryption.count(method) for method in _FONTS) * 2:
        raise UnreadableFile("reading.encrypted")
    container = package.xml("META-INF/container.xml")
    paths = [attribute(each, "full-path") for each in container.iter("{*}rootfile")] if container is not None else []
    name = next((path for path in paths if path.lower() in package.parts), "") or next(
        (part for part in package.parts if part.endswith(".opf")), ""
    )
    root = package.xml(name)
    metadata = _metadata(root)
    chapters = _chapters(package, root, posixpath.dirname(name))
    labels = _labels(package)
    documents = []
    for part in chapters:
        page = _page(package.parts[part])
        lines = [line.text for line in page_lines(page)]
        if sum(map(str.isalnum, "".join(lines))) < 2:
            continue  # a cover
        headings = (" ".join(element.text_content().split()) for element in page.iter(*_HEADINGS))
        heading = next((text for text in headings if text), "")
        origin = "epub heading" if heading else "epub contents"
        title = heading or labels.get(part, "")
        if not title or len(title) > _TITLE:
            title, origin = metadata.get("title", ""), "epub metadata"
        origins = {"title": origin if title else "", "source": "epub metadata" if metadata.get("title") else ""}
        origins |= {field: "epub metadata" for field in ("author", "date") if metadata.get(field)}
        documents.append(
            Document(
                "\n".join(lines),
                "epub",
                key=part,
                title=title,
                date=metadata.get("date", ""),
                source=metadata.get("title", ""),
                author=metadata.get("author", ""),
                origins=tuple(sorted((field, each) for field, each in origins.items() if each)),
                repairs=(("damaged_parts", package.damaged),) if package.damaged else (),
            )
        )
    if not documents:
        raise UnreadableFile("reading.no_text" if chapters else "reading.no_book")
    return documents


def _page(data: bytes) -> Any:
    """Return the tree of a chapter, an empty one if it cannot be decoded."""
    try:
        return parsed(decode(data).text if data.strip() else "")
    except UnreadableFile:
        return parsed("")


def _metadata(root: Element | None) -> dict[str, str]:
    """Return title, author and date of a book; several authors are joined."""
    values: dict[str, list[str]] = {}
    for element in root.iter("{*}metadata") if root is not None else ():
        for child in element.iter():
            if text := " ".join("".join(map(str, child.itertext())).split()):
                values.setdefault(tag_of(child), []).append(text[:200])
    return {
        "title": values.get("title", [""])[0],
        "author": "、".join(dict.fromkeys(values.get("creator", [])[:5])),
        "date": iso_date(values.get("date", [""])[0]),
    }


def _chapters(package: Package, root: Element | None, folder: str) -> list[str]:
    """Return the parts of the chapters in reading order."""
    ordered: list[str] = []
    if root is not None:
        items = {}
        for item in root.iter("{*}item"):
            if "nav" not in attribute(item, "properties").split():
                items[attribute(item, "id")] = part_name(folder, attribute(item, "href"))
        ordered = [items[own] for each in root.iter("{*}itemref") if (own := attribute(each, "idref")) in items]
    present = list(dict.fromkeys(part for part in ordered if part in package.parts))
    return present or sorted(part for part in package.parts if part.endswith((".xhtml", ".html", ".htm")))


def _labels(package: Package) -> dict[str, str]:
    """Return the name of each chapter in the table of contents, by its part."""
    labels: dict[str, str] = {}
    for name in package.parts:
        if name.endswith(".ncx") and (root := package.xml(name)) is not None:
            for point in root.iter("{*}navPoint"):
                source = next((attribute(each, "src") for each in point if tag_of(each) == "content"), "")
                label = next(("".join(map(str, each.itertext())) for each in point if tag_of(each) == "navLabel"), "")
                labels.setdefault(part_name(posixpath.dirname(name), source), " ".join(label.split()))
    return labels
