"""A feed becomes its entries: RSS 0.9 to 2.0, RDF and Atom, also broken or cut off.

Knows what feeds call their fields. Does not know encodings (the text comes decoded; what it declares is dropped), nor
HTML: whoever calls brings the function that turns it into text. Nothing a feed names is ever opened or fetched.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html.entities import html5
from typing import TYPE_CHECKING

from index.decoding import Decoded
from index.errors import UnreadableFile
from index.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    Fields = dict[str, list[Element]]

_ROOT = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed)[\s>]", re.IGNORECASE)
_HEAD = 65_536  # characters in which the first element must stand: declarations and comments are shorter
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# An & outside CDATA that does not begin a number.
_AMPERSAND = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6});)(\w{1,32};)?", re.DOTALL)
# Other vocabularies use the same words for pictures, sounds and places.
_OTHER = re.compile("media|mrss|itunes|podcast|georss|googleplay")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_SPACE = re.compile(r"\s+")
_DATES = ("pubdate", "published", "issued", "date", "updated", "modified", "created")
_TEXTS = (("encoded", "content"), ("content", "content"), ("body", "content"), ("description", "summary"), ("summary", "summary"))


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds."""

    documents: tuple[Document, ...]
    without_text: int  # entries that are only a title or a link, left out
    broken: str  # why it could only be read as far as it goes; "" for a whole one


def read_feed(decoded: Decoded, to_text: Callable[[str], str]) -> Feed:
    """The entries of a feed, each a document, in its order; `to_text` makes text of a piece of HTML.

    Raises UnreadableFile if the text is no feed.
    """
    root, broken = _parsed(decoded.text)
    atom = _name(root) == "feed"
    channel = _fields(_first(_fields(root), "channel") if "channel" in _fields(root) else root)
    source = _line(_first(channel, "title"), atom)
    author = _author(channel) if atom else ""
    documents = [
        _document(_fields(entry), entry, atom, (source, author), decoded, to_text) for entry in root.iter() if _name(entry) in ("item", "entry")
    ]
    kept = tuple(document for document in documents if any(character.isalnum() for character in document.text))
    return Feed(kept, len(documents) - len(kept), broken)


def _parsed(text: str) -> tuple[Element, str]:
    """The first element, and what is wrong with the XML."""
    from lxml import etree  # 40 ms to load, and only feeds need it

    start = _ROOT.search(text[:_HEAD])
    if start is None or "<html" in text[: start.start()].lower():
        raise UnreadableFile("no feed: neither RSS nor Atom", "If it is a web page, name it .html.")
    # What stands before the first element is dropped: an encoding that is not true any more, and entities, which blow up
    # and open files. Those of HTML that feeds use undeclared are put in by hand.
    whole = _AMPERSAND.sub(_escaped, _NOT_XML.sub("", text[start.start() :]))
    if whole.rfind("<![CDATA[") > whole.rfind("]]>"):
        whole += "]]>"  # a feed cut off inside an entry's text
    parser = etree.XMLParser(encoding="utf-8", recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(whole.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or not _name(root):
        raise UnreadableFile("a feed so broken that nothing in it can be read")
    errors = [error for error in parser.error_log if "not defined" not in error.message]  # an undeclared prefix harms nothing
    if not errors:
        return root, ""
    line = errors[0].line + text.count("\n", 0, start.start())
    return root, f"not well-formed XML from line {line} on ({errors[0].message.splitlines()[0]})"


def _escaped(match: re.Match[str]) -> str:
    """The sign by its number: names of HTML (&nbsp;) are not XML's, and behind an error libxml2 drops even &lt; and &amp;."""
    if match[1]:
        return match[1]
    name = match[2] or ""
    return "".join(f"&#{ord(sign)};" for sign in html5[name]) if name in html5 else f"&#38;{name}"


def _name(element: Element) -> str:
    """An element's name in small letters without its prefix; "" for one of another vocabulary."""
    tag = str(element.tag)
    vocabulary, _, name = tag.rpartition("}") if "}" in tag else tag.rpartition(":")
    return "" if _OTHER.search(vocabulary.lower()) else name.lower()


def _fields(element: Element) -> Fields:
    fields: Fields = defaultdict(list)
    for child in element:
        fields[_name(child)].append(child)
    return dict(fields)


def _first(fields: Fields, name: str) -> Element:
    """The first of that name, else an empty one."""
    from lxml import etree

    return fields[name][0] if name in fields else etree.Element("none")


def _document(fields: Fields, entry: Element, atom: bool, feed: tuple[str, str], decoded: Decoded, to_text: Callable[[str], str]) -> Document:
    text, text_origin = _text(fields, atom, to_text)
    date, date_origin = _date(fields)
    title, author = _line(_first(fields, "title"), atom), _author(fields) or feed[1]
    source = _first(fields, "source")
    source_name = _line(_first(_fields(source), "title") if len(source) else source, atom) or feed[0]
    identity = _plain(_first(fields, "guid")) or _plain(_first(fields, "id"))
    url = _link(fields) or (identity if identity.startswith(("http://", "https://")) else "")
    about = next((str(value) for name, value in entry.items() if str(name).endswith("}about")), "")
    found = (("author", author), ("date", date_origin), ("source", source_name), ("text", text_origin), ("title", title), ("url", url))
    origins = tuple((name, value if name in ("date", "text") else f"feed {'link' if name == 'url' else name}") for name, value in found if value)
    return Document(
        text, decoded.encoding, identity or about or url, title, date, source_name, author, url, origins, decoded.repairs, decoded.undecodable
    )


def _link(fields: Fields) -> str:
    for link in fields.get("link", ()):
        address = _plain(link) or (link.get("href") or "").strip()
        if address and link.get("rel", "alternate") == "alternate":
            return address
    return ""


def _text(fields: Fields, atom: bool, to_text: Callable[[str], str]) -> tuple[str, str]:
    """The longest of what the entry says, and where it stood; the full content before a summary of the same length."""
    said = [(_words(element, atom, to_text), f"feed {origin}") for name, origin in _TEXTS for element in fields.get(name, ())]
    text, origin = max(said, key=lambda found: len(found[0]), default=("", ""))
    return text, origin if text else ""


def _markup(element: Element) -> str:
    """What stands in the element, tags included: some feeds do not escape them."""
    from lxml import etree

    return (element.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in element)


def _escapes(element: Element, atom: bool) -> bool:
    """True if the element's text is HTML once more; in Atom only where it says so."""
    return not atom or "html" in (element.get("type") or "")


def _words(element: Element, atom: bool, to_text: Callable[[str], str]) -> str:
    """A piece of content as text, paragraphs as lines."""
    if element.get("mode") == "base64" or (not _escapes(element, atom) and not len(element)):
        return "" if element.get("mode") == "base64" else _plain(element)
    markup = _markup(element)
    # Text without a tag keeps its lines, which HTML would run together.
    return (to_text(markup) if _TAG.search(markup) else html.unescape(markup)).strip()


def _line(element: Element, atom: bool) -> str:
    """A title as one line without markup."""
    text = "".join(str(piece) for piece in element.itertext())
    if _escapes(element, atom):
        text = html.unescape(_TAG.sub("", text))
    return _SPACE.sub(" ", text).strip()


def _author(fields: Fields) -> str:
    for name in ("author", "creator"):
        element = _first(fields, name)
        author = _line(_first(_fields(element), "name") if len(element) else element, False)
        if "@" in author:  # an address is no name; RSS has the name behind it in brackets
            author = author.partition("(")[2].partition(")")[0].strip()
        if author and "@" not in author:
            return author
    return ""


def _date(fields: Fields) -> tuple[str, str]:
    """The day as the feed's own clock has it (the early morning in Beijing stays that day), else as it stands; and where."""
    for name in _DATES:
        raw = _plain(_first(fields, name))
        day = _DAY.match(raw)
        if day:
            return f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}", f"feed {name}"
        if raw:
            try:
                return parsedate_to_datetime(raw[:100]).date().isoformat(), f"feed {name}"
            except (ValueError, TypeError, IndexError, OverflowError):
                return raw, f"feed {name}"
    return "", ""


def _plain(element: Element) -> str:
    return "".join(str(piece) for piece in element.itertext()).strip()
