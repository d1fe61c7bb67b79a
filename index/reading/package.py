"""Open a package: a zip of XML, as office programs and makers of books write them.

Knows how much of a package is unpacked, how its XML is parsed without harm, and by which parts its kind is told. Does
not know what the parts mean.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.errors import UnreadableFile
from index.reading.archives import Member, unpacked

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TEXT = 64 * 1024 * 1024  # bytes of XML in a package: a book of 1,000 pages has 10 MB
# Problems of parts that hold no text.
_HARMLESS = frozenset({"reading.archive_kind", "reading.archive_no_suffix", "reading.archive_method"})
_ENTRIES = 100_000  # of a zip whose kind is looked for
_KINDS = (
    ("word/document.xml", ".docx"),
    ("xl/workbook.xml", ".xlsx"),
    ("ppt/presentation.xml", ".pptx"),
    ("meta-inf/container.xml", ".epub"),
    ("ofd.xml", ".ofd"),
)
_MIMETYPES = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}
_XLSB = "xl/workbook.bin"  # the binary kind of workbook
_OTHER_ENCODING = re.compile(rb"""(?:\xff\xfe|\xfe\xff)|<\?xml[^>]{0,80}encoding=["'](?!utf-8)""", re.IGNORECASE)
_HALF = re.compile(  # half a character, as a number between D800 and DFFF
    rb"&#(?:x0{0,9}[dD][89a-fA-F][0-9a-fA-F]{2}|0{0,9}(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]));"
)
_ZIP = b"PK\3\4"


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a package by their names in lower case, and how many of them are damaged."""

    parts: Mapping[str, bytes]
    damaged: int

    def xml(self, name: str) -> Element | None:
        """Return the root of a part, None if there is no such part or no element in it."""
        return parsed_xml(self.parts.get(name.lower(), b""))

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the id of each relation of a part → the last word of its type, and the name of the other part."""
        folder, base = posixpath.split(name.lower())
        relations = self.xml(f"{folder}/_rels/{base}.rels".lstrip("/"))
        results = {}
        for relation in relations if relations is not None else ():
            if tag_of(relation) == "Relationship" and relation.get("TargetMode") != "External":
                kind = (relation.get("Type") or "").rpartition("/")[2]
                results[relation.get("Id") or ""] = (kind, part_name(folder, relation.get("Target") or ""))
        return results


def part_name(folder: str, target: str) -> str:
    """Return the name of the part that a reference in a folder's part names.

    >>> part_name("ppt/slides", "../notesSlides/notesSlide1.xml")
    'ppt/notesslides/notesslide1.xml'
    """
    return posixpath.normpath(posixpath.join("/", folder, unquote(target.partition("#")[0]))).lstrip("/").lower()


def open_package(data: bytes, suffixes: Collection[str] = (".xml", ".rels")) -> Package:
    """Unpack the parts with these suffixes. Raises UnreadableFile if they hold too much text."""
    parts: dict[str, bytes] = {}
    damaged = 0
    for item in unpacked("f.zip", data, suffixes, _TEXT):
        if isinstance(item, Member):
            parts.setdefault(item.name.removeprefix("f.zip/").lower(), item.data)
        elif item.code == "reading.archive_too_large":
            raise UnreadableFile("reading.package_too_large", size=_TEXT >> 20)
        elif item.code == "reading.archive_encrypted":
            raise UnreadableFile("reading.encrypted")
        elif item.code not in _HARMLESS:
            damaged += 1
    return Package(parts, damaged)


def package_kind(data: bytes) -> str:
    """Return the suffix of the kind of package that a file is, "" if it is none: a zip of other files, or no zip."""
    if not data.startswith(_ZIP) or data.count(b"PK\1\2") > _ENTRIES:
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        # Cut off: the names stand before the parts as well.
        start = data[:1000].lower()
        names = (
            {part for part, _ in _KINDS if part.encode() in data.lower()} if b"[content_types].xml" in start else set()
        )
    start = data[30:200]
    if start.startswith(b"mimetype"):
        kinds = [kind for mimetype, kind in _MIMETYPES.items() if start[8:].lstrip(b"\0").startswith(mimetype)]
        if kinds:
            return kinds[0]
    if _XLSB in names:
        return ".xlsb"
    return next((kind for part, kind in _KINDS if part in names), "")


def parsed_xml(data: bytes) -> Element | None:
    """Parse XML as far as it is whole; None if it has no element. Expands no entity and fetches nothing."""
    from lxml import etree  # takes 40 ms to load

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(sound_xml(data), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def sound_xml(data: bytes) -> bytes:
    """Return XML with U+FFFD for bytes that are no UTF-8 and for halves of characters.

    lxml passes them on where it recovers from faults, and fails when they are asked for.
    """
    data = _HALF.sub(b"&#xFFFD;", data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if not _OTHER_ENCODING.match(data):
            return data.decode("utf-8", "replace").encode()
    return data


def elements(data: bytes, *names: str) -> Iterator[Element]:
    """Yield the elements of these names, whatever their vocabulary, one at a time: each is emptied after its turn.

    Reads XML as far as it is whole, expands no entity and fetches nothing.
    """
    from lxml import etree

    walk = etree.iterparse(
        io.BytesIO(sound_xml(data)),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        recover=True,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in walk:
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except (etree.XMLSyntaxError, ValueError):
        return


def tag_of(element: Element) -> str:
    """Return the name of an element without its vocabulary, "" for a comment."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name without vocabulary, "" if there is none."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def properties_of(package: Package) -> dict[str, str]:
    """Return the properties of an office program's package, such as title and creator."""
    core = package.xml("docProps/core.xml")
    if core is None:
        return {}
    return {tag_of(child): re.sub(r"\s+", " ", "".join(map(str, child.itertext()))).strip() for child in core}
