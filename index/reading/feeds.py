"""Read the entries of feeds: RSS 0.9 to 2.0, RDF and Atom, also broken or cut off.

Knows what feeds call their fields. Does not know encodings (the text comes decoded, and the declared one is ignored),
nor HTML: the caller passes the function that turns it into text. Opens and fetches nothing that a feed names.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.entities import html5
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.reading.decoding import Decoded
from index.reading.package import sound_xml
from index.records import Document, Problem
from index.text.written_dates import iso_date

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    Fields = dict[str, list[Element]]

_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed)[\s>]", re.IGNORECASE)
_HEAD = 65_536  # characters in which the first element must begin: declarations and comments are shorter
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# An & outside CDATA that does not begin a numeric character reference.
_AMPERSAND = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6});)(\w{1,32};)?", re.DOTALL)
# Other vocabularies use the same words for pictures, sounds and places.
_OTHER = re.compile("media|mrss|itunes|podcast|georss|googleplay")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\D|\d{4,6}(?!\d)|\Z)")
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_NAMED = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?[ -](?P<m1>{_MONTH})[ .,-]{{1,3}}(?P<y1>\d{{4}})\b"
    rf"|\b(?P<m2>{_MONTH})[ .]{{1,2}}(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?[ ]"
    r"(?:[\d:]{5,8} (?:\S{1,6} )?)?(?P<y2>\d{4})\b",
    re.IGNORECASE,
)
_STAMP = re.compile(r"(1\d{9})(?:\d{3})?")  # seconds or milliseconds since 1970
_WESTERN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_SPACE = re.compile(r"\s+")
_DATES = ("pubdate", "published", "issued", "date", "updated", "modified", "created")
_TEXTS = (
    ("encoded", "content"),
    ("content", "content"),
    ("body", "content"),
    ("description", "summary"),
    ("summary", "summary"),
)


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of a feed."""

    documents: tuple[Document, ...]
    without_text: int  # entries that hold only a title or a link; they are left out
    broken: Problem | None  # why only a part was read; its path is empty, since a feed does not know its file


def read_feed(decoded: Decoded, to_text: Callable[[str], str]) -> Feed:
    """Read the entries of a feed, each as a document, in order. `to_text` turns a piece of HTML into text.

    Raises UnreadableFile if the text is not a feed.
    """
    root, broken = _parsed(decoded.text)
    atom = _name(root) == "feed"
    channel = _fields(_first(_fields(root), "channel") if "channel" in _fields(root) else root)
    source = _line(_first(channel, "title"), atom)
    author = _author(channel) if atom else ""
    documents = [
        _document(_fields(entry), entry, atom, (source, author), decoded, to_text)
        for entry in root.iter()
        if _name(entry) in ("item", "entry")
    ]
    kept = tuple(document for document in documents if any(character.isalnum() for character in document.text))
    return Feed(kept, len(documents) - len(kept), broken)


def _parsed(text: str) -> tuple[Element, Problem | None]:
    """Return the root element, and a problem if the XML is broken. Raises UnreadableFile if the text is not a feed."""
    from lxml import etree  # takes 40 ms to load; only feeds need it

    start = _ROOT.search(text[:_HEAD])
    if start is None or "<html" in text[: start.start()].lower():
        raise UnreadableFile("reading.no_feed")
    # Drop the text before the first element: it declares an encoding that is no longer true, and entities, which blow
    # up and open files. Replace the entities of HTML, which feeds use undeclared.
    whole = _AMPERSAND.sub(_escaped, _NOT_XML.sub("", text[start.start() :]))
    if whole.rfind("<![CDATA[") > whole.rfind("]]>"):
        whole += "]]>"  # a feed cut off inside an entry's text
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(sound_xml(whole.encode("utf-8")), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or not _name(root):
        raise UnreadableFile("reading.feed_unreadable")
    # An undeclared prefix does no harm.
    errors = [error for error in parser.error_log if "not defined" not in error.message]
    if not errors:
        return root, None
    line = errors[0].line + text.count("\n", 0, start.start())
    return root, Problem.of("", "reading.taken_broken_feed", line=line, detail=errors[0].message.splitlines()[0])


def _escaped(match: re.Match[str]) -> str:
    """Write an entity as numeric references.

    XML does not have the names of HTML (&nbsp;), and after an error libxml2 drops even &lt; and &amp;.
    """
    if match[1]:
        return match[1]
    name = match[2] or ""
    return "".join(f"&#{ord(character)};" for character in html5[name]) if name in html5 else f"&#38;{name}"


def _name(element: Element) -> str:
    """Return an element's name in lower case without its prefix; "" for one of another vocabulary."""
    tag = str(element.tag)
    vocabulary, _, name = tag.rpartition("}") if "}" in tag else tag.rpartition(":")
    return "" if _OTHER.search(vocabulary.lower()) else name.lower()


def _fields(element: Element) -> Fields:
    fields: Fields = defaultdict(list)
    for child in element:
        fields[_name(child)].append(child)
    return dict(fields)


def _first(fields: Fields, name: str) -> Element:
    """Return the first element of that name, an empty one if there is none."""
    from lxml import etree

    return fields[name][0] if name in fields else etree.Element("none")


def _document(
    fields: Fields, entry: Element, atom: bool, feed: tuple[str, str], decoded: Decoded, to_text: Callable[[str], str]
) -> Document:
    text, text_origin = _text(fields, atom, to_text)
    date, date_origin = _date(fields)
    title, author = _line(_first(fields, "title"), atom), _author(fields) or feed[1]
    source = _first(fields, "source")
    source_name = _line(_first(_fields(source), "title") if len(source) else source, atom) or feed[0]
    identity = _plain(_first(fields, "guid")) or _plain(_first(fields, "id"))
    url = _link(fields) or (identity if identity.startswith(("http://", "https://")) else "")
    about = next((str(value) for name, value in entry.items() if str(name).endswith("}about")), "")
    named = (
        ("author", author),
        ("date", date_origin),
        ("source", source_name),
        ("text", text_origin),
        ("title", title),
        ("url", url),
    )
    origins = tuple(
        (name, value if name in ("date", "text") else f"feed {'link' if name == 'url' else name}")
        for name, value in named
        if value
    )
    return Document(
        text,
        decoded.encoding,
        identity or about or url,
        title,
        date,
        source_name,
        author,
        url,
        origins,
        decoded.repairs,
        decoded.undecodable,
    )


def _link(fields: Fields) -> str:
    for link in fields.get("link", ()):
        address = _plain(link) or (link.get("href") or "").strip()
        if address and link.get("rel", "alternate") == "alternate":
            return address
    return ""


def _text(fields: Fields, atom: bool, to_text: Callable[[str], str]) -> tuple[str, str]:
    """Return the longest text of the entry and its origin; the full content before a summary of the same length."""
    texts = [
        (_words(element, atom, to_text), f"feed {origin}")
        for name, origin in _TEXTS
        for element in fields.get(name, ())
    ]
    text, origin = max(texts, key=lambda text_and_origin: len(text_and_origin[0]), default=("", ""))
    return text, origin if text else ""


def _markup(element: Element) -> str:
    """Return the inside of an element with its tags: some feeds do not escape them."""
    from lxml import etree

    return (element.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in element)


def _escapes(element: Element, atom: bool) -> bool:
    """Return True if the element's text is escaped HTML; in Atom only where the type says so."""
    return not atom or "html" in (element.get("type") or "")


def _words(element: Element, atom: bool, to_text: Callable[[str], str]) -> str:
    """Return a piece of content as text, each paragraph on a line."""
    if element.get("mode") == "base64" or (not _escapes(element, atom) and not len(element)):
        return "" if element.get("mode") == "base64" else _plain(element)
    markup = _markup(element)
    # Keep the lines of text without a tag, which HTML would join.
    return (to_text(markup) if _TAG.search(markup) else html.unescape(markup)).strip()


def _line(element: Element, atom: bool) -> str:
    """Return a title as one line without markup."""
    text = "".join(str(piece) for piece in element.itertext())
    if _escapes(element, atom):
        text = html.unescape(_TAG.sub("", text))
    return _SPACE.sub(" ", text).strip()


def _author(fields: Fields) -> str:
    for name in ("author", "creator"):
        element = _first(fields, name)
        author = _line(_first(_fields(element), "name") if len(element) else element, False)
        if "@" in author:  # an address is no name; RSS has the name in brackets after it
            author = author.partition("(")[2].partition(")")[0].strip()
        if author and "@" not in author:
            return author
    return ""


def _date(fields: Fields) -> tuple[str, str]:
    """Return the date of an entry and its origin: of the first field that holds one, else "" for both.

    Keeps the day of the feed's own time zone (the early morning in Beijing stays that day).
    """
    for name in _DATES:
        if day := _day(_plain(_first(fields, name))[:100]):
            return day, f"feed {name}"
    return "", ""


def _day(raw: str) -> str:
    """Return a date as people and programs write it as ISO, "" if it is none."""
    if match := _DAY.match(raw):
        return iso_date("-".join(match.groups()))
    if match := _COMPACT.match(raw):
        return iso_date("-".join(match.groups()))
    if match := _NAMED.search(raw):
        place = _MONTHS.find((match["m1"] or match["m2"]).lower()[:3]) // 3 + 1
        return iso_date(f"{match['y1'] or match['y2']}-{place}-{match['d1'] or match['d2']}")
    if match := _STAMP.fullmatch(raw):
        return datetime.fromtimestamp(int(match[1]), UTC).date().isoformat()
    if match := _WESTERN.match(raw):
        first, second, year = match.groups()
        # Months come first, as in America, unless the number can be no month.
        month, day = (second, first) if int(first) > 12 else (first, second)
        return iso_date(f"{year}-{month}-{day}")
    if day := iso_date(raw):
        return day
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(raw).date().isoformat()
    return ""


def _plain(element: Element) -> str:
    return "".join(str(piece) for piece in element.itertext()).strip()
