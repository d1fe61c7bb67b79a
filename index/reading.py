"""Files become articles, whatever their format.

Knows which module reads which kind of file, told by name and by content, and asks index.frame for what a text says about
itself. Does not know the store. One bad file, member or row is a Problem beside the articles, never an exception.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from index.archives import LARGEST, PACKED, unpacked
from index.decoding import Decoded, decode
from index.documents import read_docx, read_pdf
from index.errors import UnreadableFile, UserError
from index.feeds import read_feed
from index.frame import read_frame
from index.markup import to_text
from index.pages import mhtml_page, read_page
from index.progress import shown
from index.records import Article, Document, Problem, masked, stored_name
from index.repairs import line_wraps, repaired
from index.rows import csv_rows, json_rows

_PLAIN, _MARKDOWN = frozenset({".txt", ".text"}), frozenset({".md", ".markdown"})
_PAGES, _ARCHIVED = frozenset({".html", ".htm", ".xhtml", ".shtml"}), frozenset({".mhtml", ".mht"})
_FEEDS, _JSON, _TABLES = frozenset({".xml", ".rss", ".atom", ".rdf"}), frozenset({".jsonl", ".ndjson", ".json"}), frozenset({".csv", ".tsv"})
SUFFIXES = frozenset({".pdf", ".docx"}) | _PLAIN | _MARKDOWN | _PAGES | _ARCHIVED | _FEEDS | _JSON | _TABLES
_INSTEAD = {  # what to do with the kinds people have beside these
    ".doc": "save it as .docx", ".wps": "save it as .docx", ".rtf": "save it as .docx", ".odt": "save it as .docx",
    ".xls": "save it as .csv", ".xlsx": "save it as .csv", ".et": "save it as .csv", ".ppt": "save it as .pdf", ".pptx": "save it as .pdf",
    ".rar": "unpack it, or pack it as .zip", ".7z": "unpack it, or pack it as .zip", ".tar": "unpack it, or pack it as .zip",
    ".tgz": "unpack it, or pack it as .zip", ".epub": "save it as .txt",
    ".jpg": "run OCR on it", ".jpeg": "run OCR on it", ".png": "run OCR on it", ".tif": "run OCR on it", ".tiff": "run OCR on it",
}  # fmt: skip
_FEED = re.compile(r"<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_START = 2000  # characters in which a page or a feed says that it is one


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file holds."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    unchanged: tuple[str, ...] = ()  # ids of articles that are as they were known


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under the roots: the files, absolute, sorted, each once; and folders that could not be entered."""

    files: tuple[Path, ...]
    closed: tuple[Problem, ...]


def find_files(roots: Sequence[Path]) -> Found:
    """Every file under the roots; hidden files and folders, and folders that are a store, are passed over.

    Raises UserError for a root that does not exist.
    """
    files: set[Path] = set()
    closed: list[Problem] = []

    def cannot_enter(error: OSError) -> None:
        closed.append(Problem(stored_name(Path(error.filename)), f"cannot be opened: {error.strerror}"))

    for root in roots:
        if not root.exists():
            hint = "Give an existing one; articles of a file that is gone leave with --remove PATH."
            raise UserError(f"{stored_name(root)}: no such file or folder.", hint)
        root = root.resolve()
        if root.is_file():
            files.add(root)
            continue
        for folder, inner, names in os.walk(root, onerror=cannot_enter):
            inner[:] = [name for name in inner if not name.startswith(".") and not _is_store(Path(folder, name))]
            for path in (Path(folder, name) for name in names if not name.startswith(".")):
                try:
                    if stat.S_ISREG(path.stat().st_mode):
                        files.add(path)
                    else:
                        closed.append(Problem(stored_name(path), "not a file that holds text (a pipe, socket or device)"))
                except OSError as error:
                    cannot_enter(error)
    return Found(tuple(sorted(files)), tuple(closed))


def _is_store(folder: Path) -> bool:
    try:
        return (folder / "zhiwen.sqlite").exists()
    except OSError:  # a closed folder: os.walk will say so
        return False


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of a kind that is read. Raises UnreadableFile."""
    kind = path.suffix.lower()
    if kind not in SUFFIXES and kind not in PACKED:
        what = _INSTEAD.get(kind, "those are txt, md, html, mhtml, pdf, docx, jsonl, json, csv, tsv, xml, zip, gz, xz, bz2")
        raise UnreadableFile(f"not a kind of file that is read; {what}")
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile(f"larger than {LARGEST >> 20} MB; split it")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"cannot be opened: {error.strerror or error}") from error


def read_articles(path: Path, data: bytes, known: Mapping[str, str] = _NOTHING) -> Contents:
    """The articles in a file's bytes, in the file's order, with what could not be taken in.

    `known`: id → `document` of articles that need not be made again where their row is as it was.
    """
    articles: list[Article] = []
    problems: list[Problem] = []
    unchanged: list[str] = []
    for member in unpacked(stored_name(path), data, SUFFIXES):
        if isinstance(member, Problem):
            problems.append(member)
            continue
        file_id = _digest(os.fsencode(path) + member.name.removeprefix(stored_name(path)).encode())
        # Of several members two may have rows of one id, which only all rows together tell apart.
        contents = _read_one(member.name, file_id, member.data, _NOTHING if ".zip" in path.name.lower() else known)
        articles += contents.articles
        problems += contents.problems
        unchanged += contents.unchanged
    if not articles and not problems and not unchanged:
        problems.append(Problem(stored_name(path), "empty: nothing is packed in it"))
    return Contents(tuple(_told_apart(articles)), tuple(problems), tuple(unchanged))


def is_markdown(path: str) -> bool:
    """Whether an article from this path is written in Markdown."""
    return path.lower().endswith(tuple(_MARKDOWN))


def _digest(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()[:12]


def _told_apart(articles: Sequence[Article]) -> Iterator[Article]:
    """The articles with ids that no other of the file has (rows may repeat theirs, which is reported where they are read)."""
    taken: set[str] = set()
    for article in articles:
        own, number = article.id, 1
        while own in taken:
            number += 1
            own = f"{article.id}#{number}"
        taken.add(own)
        yield replace(article, id=own)


def _read_one(name: str, file_id: str, data: bytes, known: Mapping[str, str] = _NOTHING) -> Contents:
    """The articles of one file that is not packed; see read_articles."""
    kind = Path(name).suffix.lower()
    try:
        if not data.strip():
            raise UnreadableFile("empty file")
        if data.startswith(b"%PDF-") or kind == ".pdf":
            return _articles(name, [(file_id, read_pdf(data))])
        if kind == ".docx":
            return _articles(name, [(file_id, read_docx(data))])
        if kind in _ARCHIVED or (kind in _PAGES and re.match(rb"(?i)(?:from|subject|mime-version|snapshot)\S*:", data)):
            data, kind = mhtml_page(data), ".html"
        decoded = decode(data)
        if kind in _JSON or kind in _TABLES:
            return _table(name, file_id, decoded, kind, known)
        return _text(name, file_id, decoded, kind)
    except UnreadableFile as error:
        return Contents((), (Problem(name, f"{error.message}. {error.hint}" if error.hint else error.message),))


def _text(name: str, file_id: str, decoded: Decoded, kind: str) -> Contents:
    """The articles of a text, which may be a feed or a page whatever its name says."""
    start = decoded.text[:_START]
    problems = list(_lost(name, decoded))
    if kind not in _MARKDOWN and _FEED.search(start) and not _PAGE.search(start):
        feed = read_feed(decoded, to_text)
        if feed.without_text:
            problems.append(Problem(name, f"{feed.without_text} entries hold only a title or a link; left out"))
        if feed.broken:
            problems.append(Problem(name, f"taken in as far as it can be read: {feed.broken}"))
        return _articles(name, [(_entry_id(file_id, document), document) for document in feed.documents], problems)
    if kind in _PAGES or (kind not in _MARKDOWN and _PAGE.search(start)) or kind in _FEEDS:
        document = read_page(decoded.text) if "<" in decoded.text else Document(decoded.text, "")
    elif any(character.isalnum() for character in decoded.text):
        document = Document(decoded.text, "")
    else:
        raise UnreadableFile("no text in it")
    return _articles(name, [(file_id, _decoded(document, decoded))], problems)


def _entry_id(file_id: str, entry: Document) -> str:
    """The same on another day, when the entry stands elsewhere in its feed."""
    return f"{file_id}-{_digest(entry.key.encode('utf-8', 'replace'))}" if entry.key else file_id


def _table(name: str, file_id: str, decoded: Decoded, kind: str, known: Mapping[str, str]) -> Contents:
    """The articles of a table, a row each; see read_articles for `known`."""
    fresh: dict[str, Article] = {}
    unchanged: dict[str, None] = {}
    problems = list(_lost(name, decoded))
    held_by = {digest: own for own, digest in known.items()}

    def skipped(number: int, line: str) -> bool:
        """Whether this line is known; then its article stays as it is, under its id."""
        own = held_by.get(_row_digest(line, decoded), "")
        if not own or own in unchanged or own in fresh or (own.startswith(f"{file_id}-") and own != f"{file_id}-{number}"):
            return False
        unchanged[own] = None
        return True

    rows = json_rows(decoded.text, to_text, skipped) if kind in _JSON else csv_rows(decoded.text, to_text)
    for row in shown(rows, Path(name).name):
        place = f"{name}:{row.number}"
        if row.wrong:
            problems.append(Problem(place, row.wrong))
        if row.document is None:
            continue
        own = row.document.key or f"{file_id}-{row.number}"
        told = row.line if not row.wrong else ""  # what was wrong with a row must be told every time: its line may not be known
        if own in fresh or own in unchanged:
            told = ""
            again = f"{own}#{row.number}"
            while again in fresh or again in unchanged:  # another row may be called just so
                again += "#"
            problems.append(Problem(place, f"its id {own} stands in an earlier row too; taken in as {again}"))
            own = again
        digest = _row_digest(told or repr(row.document), decoded)
        if known.get(own) == digest:
            unchanged[own] = None
        else:
            fresh[own] = _article(name, own, _decoded(row.document, decoded), digest)
    if not fresh and not unchanged and not problems:
        problems.append(Problem(name, "no rows in it"))
    return Contents(tuple(fresh.values()), tuple(problems), tuple(unchanged))


def _row_digest(row: str, decoded: Decoded) -> str:
    told = f"{decoded.encoding}\0{decoded.undecodable}\0{decoded.repairs}\0{row}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _lost(name: str, decoded: Decoded) -> Iterator[Problem]:
    """What decoding could not save."""
    if decoded.undecodable:
        yield Problem(name, f"taken in, but {decoded.undecodable} bytes are not {decoded.encoding} and show as \ufffd")
    if lost := dict(decoded.repairs).get("lost_characters"):
        yield Problem(name, f"taken in, but characters were lost in {lost} places before it came here (锟斤拷 or \ufffd)")


def _decoded(document: Document, decoded: Decoded) -> Document:
    """The document with what its bytes told."""
    repairs = tuple(sorted(document.repairs + decoded.repairs))
    return replace(document, encoding=decoded.encoding, undecodable=decoded.undecodable, repairs=repairs)


def _articles(name: str, documents: Sequence[tuple[str, Document]], problems: Sequence[Problem] = ()) -> Contents:
    """The articles of these documents, each under its id."""
    return Contents(tuple(_article(name, own, document) for own, document in shown(documents, Path(name).name)), tuple(problems))


def _article(name: str, article_id: str, document: Document, digest: str = "") -> Article:
    """The article with what its format tells of it and, where that says nothing, its own first and last lines."""
    frame = read_frame(masked(document.text, () if is_markdown(name) else line_wraps(document.text)), title=document.title)
    told = {field: getattr(document, field) for field in ("title", "date", "source", "author")}
    found = {field: value or getattr(frame, field) for field, value in told.items()}
    origins = dict(document.origins) | {field: f"line {number}" for field, number in frame.lines if not told[field]}
    return Article(
        id=article_id,
        path=name,
        text=document.text,
        encoding=document.encoding,
        title=repaired(found["title"]),
        date=found["date"],
        source=found["source"],
        author=found["author"],
        url=document.url,
        undecodable=document.undecodable,
        document=digest,
        origins=tuple(sorted(origins.items())),
        repairs=document.repairs,
    )
