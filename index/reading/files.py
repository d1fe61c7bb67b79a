"""Read files of any supported format as articles.

Knows which module reads which kind of file, by its name and its content, and asks index.text.boilerplate for metadata
in the text. Does not know the store. One bad file, member or row is a Problem beside the articles, never an exception.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from index.errors import UnreadableFile, UserError
from index.progress import track
from index.reading.archives import LARGEST, PACKED, unpacked
from index.reading.decoding import Decoded, decode
from index.reading.docx import read_docx
from index.reading.feeds import read_feed
from index.reading.markdown import read_markdown
from index.reading.markup import to_text
from index.reading.pages import mhtml_page, read_page
from index.reading.pdf import read_pdf
from index.reading.properties import subject_of_name
from index.reading.rows import csv_rows, json_rows
from index.records import Article, Document, Problem, mask_spans, stored_name
from index.text.boilerplate import find_boilerplate
from index.text.repairs import line_wraps, repaired

_PLAIN, _MARKDOWN = frozenset({".txt", ".text"}), frozenset({".md", ".markdown"})
_PAGES, _ARCHIVED = frozenset({".html", ".htm", ".xhtml", ".shtml"}), frozenset({".mhtml", ".mht"})
_FEEDS = frozenset({".xml", ".rss", ".atom", ".rdf"})
_JSON, _TABLES = frozenset({".jsonl", ".ndjson", ".json"}), frozenset({".csv", ".tsv"})
SUFFIXES = frozenset({".pdf", ".docx"}) | _PLAIN | _MARKDOWN | _PAGES | _ARCHIVED | _FEEDS | _JSON | _TABLES
# Common kinds that are not read, and the advice: (code of the problem, suffix to save the file as).
_INSTEAD = {
    **dict.fromkeys((".doc", ".wps", ".rtf", ".odt"), ("reading.kind_save_as", ".docx")),
    **dict.fromkeys((".xls", ".xlsx", ".et"), ("reading.kind_save_as", ".csv")),
    **dict.fromkeys((".ppt", ".pptx"), ("reading.kind_save_as", ".pdf")),
    ".epub": ("reading.kind_save_as", ".txt"),
    **dict.fromkeys((".rar", ".7z", ".tar", ".tgz"), ("reading.kind_unpack", "")),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".tif", ".tiff"), ("reading.kind_picture", "")),
}
_FEED = re.compile(r"<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
# What a store keeps in its folder, beside which articles may lie: `--store .` is allowed.
_OF_A_STORE = re.compile(
    r"zhiwen\.sqlite.*|.*\.faiss.*|search_files\.json(?:\.tmp)?|feedback\.jsonl|(?:encoding\.)?lock|terms"
)
_START = 2000  # characters in which a page or a feed shows that it is one
_HERE = Path(__file__).parents[2]  # the folder of the project's packages
_log = logging.getLogger("zhiwen.reading")
_log.addHandler(logging.NullHandler())

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FileContents:
    """The articles and problems of one file."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    unchanged: tuple[str, ...] = ()  # ids of articles whose row has not changed


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files under some roots, and a problem for each folder or file that cannot be read."""

    files: tuple[Path, ...]  # absolute, sorted, each once
    closed: tuple[Problem, ...]


def find_files(roots: Sequence[Path]) -> FoundFiles:
    """Find every file under the roots; skip hidden files and folders, and folders that are a store.

    Of a root that is a store itself, skip the store's own files. Raises UserError if a root does not exist.
    """
    files: set[Path] = set()
    closed: list[Problem] = []

    def cannot_enter(error: OSError) -> None:
        closed.append(Problem.of(stored_name(Path(error.filename)), "reading.cannot_be_opened", reason=error.strerror))

    for root in roots:
        if not root.exists():
            raise UserError("reading.no_such_path", path=stored_name(root))
        root = root.resolve()
        if root.is_file():
            files.add(root)
            continue
        for folder, inner, names in os.walk(root, onerror=cannot_enter):
            skipped = _skipped_in_store if _is_store(Path(folder)) else _hidden
            inner[:] = [name for name in inner if not skipped(name) and not _is_store(Path(folder, name))]
            for path in (Path(folder, name) for name in names if not skipped(name)):
                try:
                    if stat.S_ISREG(path.stat().st_mode):
                        files.add(path)
                    else:
                        closed.append(Problem.of(stored_name(path), "reading.no_regular_file"))
                except OSError as error:
                    cannot_enter(error)
    return FoundFiles(tuple(sorted(files)), tuple(closed))


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _skipped_in_store(name: str) -> bool:
    return _hidden(name) or _OF_A_STORE.fullmatch(name) is not None


def _is_store(folder: Path) -> bool:
    try:
        return (folder / "zhiwen.sqlite").exists()
    except OSError:  # a closed folder: os.walk reports it
        return False


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file. Raises UnreadableFile if its kind is not supported, or it is too large or closed."""
    kind = path.suffix.lower()
    if kind not in SUFFIXES and kind not in PACKED:
        code, suffix = _INSTEAD.get(kind, ("reading.kind_not_read", ""))
        raise UnreadableFile(code, suffix=suffix) if suffix else UnreadableFile(code)
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile("reading.too_large", size=LARGEST >> 20)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile("reading.cannot_be_opened", reason=error.strerror or error) from error


def read_articles(path: Path, data: bytes, known: Mapping[str, str] = _NOTHING) -> FileContents:
    """Read the articles in a file's bytes, in the file's order, and the problems.

    `known` maps ids to the `row_digest` of known articles: an article whose row has not changed is only listed in
    `unchanged`.
    """
    try:
        return _read_members(path, data, known)
    except Exception as error:  # a fault of the program must not keep the other files out
        return FileContents((), (_fault(stored_name(path), error),))


def _read_members(path: Path, data: bytes, known: Mapping[str, str]) -> FileContents:
    articles: list[Article] = []
    problems: list[Problem] = []
    unchanged: list[str] = []
    for member in unpacked(stored_name(path), data, SUFFIXES):
        if isinstance(member, Problem):
            problems.append(member)
            continue
        file_id = _digest(os.fsencode(path) + member.name.removeprefix(stored_name(path)).encode())
        # Rows of different members may share an id, and only reading all rows shows which.
        contents = _read_one(member.name, file_id, member.data, _NOTHING if ".zip" in path.name.lower() else known)
        articles += contents.articles
        problems += contents.problems
        unchanged += contents.unchanged
    if not articles and not problems and not unchanged:
        problems.append(Problem.of(stored_name(path), "reading.archive_empty"))
    return FileContents(tuple(_with_unique_ids(articles)), tuple(problems), tuple(unchanged))


def is_markdown(path: str) -> bool:
    """Return True if an article from this path is written in Markdown."""
    return path.lower().endswith(tuple(_MARKDOWN))


def _digest(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()[:12]


def _with_unique_ids(articles: Sequence[Article]) -> Iterator[Article]:
    """Yield the articles with unique ids. Rows may repeat an id, which their reader reports."""
    used: set[str] = set()
    for article in articles:
        own, number = article.id, 1
        while own in used:
            number += 1
            own = f"{article.id}#{number}"
        used.add(own)
        yield replace(article, id=own)


def _read_one(name: str, file_id: str, data: bytes, known: Mapping[str, str] = _NOTHING) -> FileContents:
    """Read the articles of one file that is not packed; see read_articles."""
    kind = Path(name).suffix.lower()
    try:
        if not data.strip():
            raise UnreadableFile("reading.empty_file")
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
        return FileContents((), (error.problem(name),))
    except Exception as error:  # as in read_articles; the other members of a packed file go in
        return FileContents((), (_fault(name, error),))


def _fault(name: str, error: Exception) -> Problem:
    """Return the problem of a file on which its reader failed, and log it with a number to report.

    The number is the same for every file on which the reader fails at the same place.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_HERE)] or list(frames)
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    kind = error.__class__.__name__
    number = _digest(f"{kind} {place}".encode())[:6]
    _log.error("%s: fault %s at %s", name, number, place, exc_info=error)
    return Problem.of(name, "reading.reader_failed", number=number, kind=kind, place=place)


def _text(name: str, file_id: str, decoded: Decoded, kind: str) -> FileContents:
    """Read the articles of a text, which may be a feed or a page whatever its name is."""
    start = decoded.text[:_START]
    problems = list(_lost(name, decoded))
    if kind not in _MARKDOWN and _FEED.search(start) and not _PAGE.search(start):
        feed = read_feed(decoded, to_text)
        if feed.without_text:
            problems.append(Problem.of(name, "reading.feed_without_text", count=feed.without_text))
        if feed.broken:
            problems.append(replace(feed.broken, path=name))
        return _articles(name, [(_entry_id(file_id, document), document) for document in feed.documents], problems)
    if kind in _PAGES or (kind not in _MARKDOWN and _PAGE.search(start)) or kind in _FEEDS:
        document = read_page(decoded.text) if "<" in decoded.text else Document(decoded.text, "")
    else:
        document = read_markdown(decoded.text, to_text) if kind in _MARKDOWN else Document(decoded.text, "")
        if not any(character.isalnum() for character in document.text):
            raise UnreadableFile("reading.no_text")
    return _articles(name, [(file_id, _decoded(document, decoded))], problems)


def _entry_id(file_id: str, entry: Document) -> str:
    """Return an id that stays the same when the entry moves to another place in its feed."""
    return f"{file_id}-{_digest(entry.key.encode('utf-8', 'replace'))}" if entry.key else file_id


def _table(name: str, file_id: str, decoded: Decoded, kind: str, known: Mapping[str, str]) -> FileContents:
    """Read the articles of a table, one in each row; see read_articles for `known`."""
    fresh: dict[str, Article] = {}
    unchanged: dict[str, None] = {}
    problems = list(_lost(name, decoded))
    held_by = {digest: own for own, digest in known.items()}

    def skipped(number: int, line: str) -> bool:
        """Return True if this line is known: its article stays unchanged, under its id."""
        own = held_by.get(_row_digest(line, decoded), "")
        if (
            not own
            or own in unchanged
            or own in fresh
            or (own.startswith(f"{file_id}-") and own != f"{file_id}-{number}")
        ):
            return False
        unchanged[own] = None
        return True

    rows = json_rows(decoded.text, to_text, skipped) if kind in _JSON else csv_rows(decoded.text, to_text)
    for row in track(rows, "progress.file", name=Path(name).name):
        place = f"{name}:{row.number}"
        if row.problem:
            problems.append(replace(row.problem, path=place))
        if row.document is None:
            continue
        own = row.document.key or f"{file_id}-{row.number}"
        # Report the problem of a row every time: its line must not count as known.
        line = row.line if not row.problem else ""
        if own in fresh or own in unchanged:
            line = ""
            again = f"{own}#{row.number}"
            while again in fresh or again in unchanged:  # another row may have this very id
                again += "#"
            problems.append(Problem.of(place, "reading.taken_repeated_id", id=own, other=again))
            own = again
        digest = _row_digest(line or repr(row.document), decoded)
        if known.get(own) == digest:
            unchanged[own] = None
        else:
            whole = "as_table" in dict(row.document.repairs)
            fresh[own] = _article(name, own, _decoded(row.document, decoded), digest, whole=whole)
    if not fresh and not unchanged and not problems:
        problems.append(Problem.of(name, "reading.no_rows"))
    return FileContents(tuple(fresh.values()), tuple(problems), tuple(unchanged))


def _row_digest(row: str, decoded: Decoded) -> str:
    """Return a hash of a row and of how its file was decoded (32 hex digits)."""
    content = f"{decoded.encoding}\0{decoded.undecodable}\0{decoded.repairs}\0{row}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _lost(name: str, decoded: Decoded) -> Iterator[Problem]:
    """Yield a problem for the characters that decoding lost."""
    if decoded.undecodable:
        yield Problem.of(name, "reading.taken_undecodable", count=decoded.undecodable, encoding=decoded.encoding)
    if lost := dict(decoded.repairs).get("lost_characters"):
        yield Problem.of(name, "reading.taken_lost_characters", count=lost)


def _decoded(document: Document, decoded: Decoded) -> Document:
    """Return the document with its encoding and what decoding repaired and lost."""
    repairs = tuple(sorted(document.repairs + decoded.repairs))
    return replace(document, encoding=decoded.encoding, undecodable=decoded.undecodable, repairs=repairs)


def _articles(name: str, documents: Sequence[tuple[str, Document]], problems: Sequence[Problem] = ()) -> FileContents:
    """Return the articles of these (id, document) pairs."""
    return FileContents(
        tuple(
            _article(name, own, document, whole=len(documents) == 1)
            for own, document in track(documents, "progress.file", name=Path(name).name)
        ),
        tuple(problems),
    )


def _article(name: str, article_id: str, document: Document, digest: str = "", *, whole: bool = True) -> Article:
    """Return an article with the metadata of its format, or else of its own head and foot lines.

    `whole` is True for the only article of a file, whose name may then be its title.
    """
    boilerplate = find_boilerplate(
        mask_spans(document.text, () if is_markdown(name) else line_wraps(document.text)), title=document.title
    )
    stated = {field: getattr(document, field) for field in ("title", "date", "source", "author")}
    metadata = {field: value or getattr(boilerplate, field) for field, value in stated.items()}
    lines = {field: f"line {number}" for field, number in boilerplate.lines if not stated[field]}
    origins = dict(document.origins) | lines
    if whole and not metadata["title"] and (subject := subject_of_name(PurePosixPath(name).stem)):
        metadata["title"], origins["title"] = subject, "file name"
    return Article(
        id=article_id,
        path=name,
        text=document.text,
        encoding=document.encoding,
        title=repaired(metadata["title"]),
        date=metadata["date"],
        source=metadata["source"],
        author=metadata["author"],
        url=document.url,
        undecodable=document.undecodable,
        row_digest=digest,
        origins=tuple(sorted(origins.items())),
        repairs=document.repairs,
    )
