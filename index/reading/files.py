"""Read files of any supported format as articles.

Knows which module reads which kind of file, by its name and its content, and asks index.text.boilerplate for metadata
in the text. Does not know the store. One bad file, member or row is a Problem beside the articles, never an exception.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from index.errors import UnreadableFile, UserError
from index.reading.archives import LARGEST, Member, unpacked
from index.reading.contents import (
    FileContents,
    document_contents,
    entry_id,
    lost_in_decoding,
    name_digest,
    table_contents,
    with_decoding,
    with_unique_ids,
)
from index.reading.conversion import converted
from index.reading.decoding import Decoded, decode
from index.reading.docx import read_docx
from index.reading.ebooks import read_book
from index.reading.feeds import read_feed
from index.reading.kinds import (
    CONVERTED,
    FEEDS,
    JSON,
    MAIL,
    MARKDOWN,
    PAGES,
    SUBTITLES,
    SUFFIXES,
    TABLES,
    contents_kind,
    is_package,
    is_readable,
    refuse,
)
from index.reading.mail import PARTS, Mail, read_eml, read_msg
from index.reading.markdown import read_markdown
from index.reading.markup import to_text
from index.reading.ofd import read_ofd
from index.reading.pages import NoArticle, mhtml_page, read_page
from index.reading.pdf import read_pdf
from index.reading.pictures import PICTURES, read_picture
from index.reading.properties import NO_AUTHOR, origins_of, real_value, subject_of_file, subject_of_name
from index.reading.rows import Row, csv_rows, json_rows
from index.reading.sheets import sheet_rows
from index.reading.slides import read_slides
from index.reading.subtitles import subtitle_text
from index.reading.word_list import FILE as WORDS
from index.reading.word_list import is_word_list
from index.reading.workbooks import Workbook, read_export, read_workbook
from index.records import Article, Document, Problem, stored_name

_FEED = re.compile(r"<(?:rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
# What a store keeps in its folder, beside which articles may lie: `--store .` is allowed.
_OF_A_STORE = re.compile(
    r"zhiwen\.sqlite.*|.*\.faiss.*|search_files\.json(?:\.tmp)?|feedback\.jsonl|(?:encoding\.)?lock|terms"
)
_MAILS = 3  # levels of mails attached to mails
_START = 2000  # characters in which a page or a feed shows that it is one
_HERE = Path(__file__).parents[2]  # the folder of the project's packages
_log = logging.getLogger("zhiwen.reading")
_log.addHandler(logging.NullHandler())

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files under some roots, and a problem for each folder or file that cannot be read."""

    files: tuple[Path, ...]  # absolute, sorted, each once
    closed: tuple[Problem, ...]


def find_files(roots: Sequence[Path], store: Path | None = None) -> FoundFiles:
    """Find every file under the roots; skip hidden files and folders, and folders that are a store.

    Of a root that is a store itself, or the folder `store` of one to be made, skip the store's own files. Its words.txt
    is its word list: one that reads as an article is a problem. Raises UserError if a root does not exist.
    """
    own = store.resolve() if store else None
    files: set[Path] = set()
    closed: list[Problem] = []

    def cannot_enter(error: OSError) -> None:
        closed.append(Problem.of(stored_name(Path(error.filename)), "reading.cannot_be_opened", reason=error.strerror))

    for root in roots:
        if not root.exists():
            raise UserError("reading.no_such_path", path=stored_name(root))
        root = root.resolve()
        if root.is_file():
            if root.name == WORDS and (root.parent == own or _is_store(root.parent)):
                closed.append(Problem.of(stored_name(root), "reading.word_list"))
            else:
                files.add(root)
            continue
        for folder, inner, names in os.walk(root, onerror=cannot_enter):
            of_store = Path(folder) == own or _is_store(Path(folder))
            skipped = _skipped_in_store if of_store else _hidden
            inner[:] = [name for name in inner if not skipped(name) and not _is_store(Path(folder, name))]
            for path in (Path(folder, name) for name in names if not skipped(name)):
                try:
                    if not stat.S_ISREG(path.stat().st_mode):
                        closed.append(Problem.of(stored_name(path), "reading.no_regular_file"))
                    elif not (of_store and path.name == WORDS):
                        files.add(path)
                    elif not is_word_list(path):
                        closed.append(Problem.of(stored_name(path), "reading.word_list"))
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
    if not is_readable(kind):
        raise refuse(kind)
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
    refused: list[tuple[Article, Problem]] = []
    name = stored_name(path)
    members = [Member(name, data)] if is_package(data) else unpacked(name, data, SUFFIXES)
    for member in members:
        if isinstance(member, Problem):
            problems.append(member)
            continue
        file_id = name_digest(os.fsencode(path) + member.name.removeprefix(name).encode())
        # Rows of different members may share an id, and only reading all rows shows which.
        contents = _read_one(member.name, file_id, member.data, _NOTHING if ".zip" in path.name.lower() else known)
        articles += contents.articles
        problems += contents.problems
        unchanged += contents.unchanged
        refused += contents.refused
    if not articles and not problems and not unchanged:
        problems.append(Problem.of(stored_name(path), "reading.archive_empty"))
    return FileContents(tuple(with_unique_ids(articles)), tuple(problems), tuple(unchanged), tuple(refused))


def _read_one(
    name: str, file_id: str, data: bytes, known: Mapping[str, str] = _NOTHING, within: int = 0
) -> FileContents:
    """Read the articles of one file that is not packed; see read_articles. `within` counts the mails around it."""
    try:
        if not data.strip():
            raise UnreadableFile("reading.empty_file")
        kind = contents_kind(Path(name).suffix.lower(), data)
        if kind in CONVERTED:
            data, kind = converted(data, kind, CONVERTED[kind]), CONVERTED[kind]
        return _of_kind(name, file_id, data, kind, known, within)
    except UnreadableFile as error:
        return FileContents((), (error.problem(name),))
    except Exception as error:  # as in read_articles; the other members of a packed file go in
        return FileContents((), (_fault(name, error),))


def _of_kind(name: str, file_id: str, data: bytes, kind: str, known: Mapping[str, str], within: int) -> FileContents:
    """Read the articles of a file whose contents are of this kind. Raises UnreadableFile."""
    of_one_article = {".pdf": read_pdf, ".docx": read_docx, ".pptx": read_slides, ".ofd": read_ofd}
    if kind in of_one_article:
        document = of_one_article[kind](data)
        return document_contents(name, [(file_id, document)], tuple(_not_recognized(name, document)))
    if kind in PICTURES:
        return document_contents(name, [(file_id, read_picture(data))])
    if kind == ".epub":
        return document_contents(name, [(entry_id(file_id, chapter), chapter) for chapter in read_book(data)])
    if kind in MAIL:
        return _mail(name, file_id, (read_msg if kind == ".msg" else read_eml)(data, to_text), within)
    if kind in (".xlsx", ".xls", ".ods"):
        return _workbook(name, file_id, read_workbook(data, kind), known)
    decoded = decode(mhtml_page(data) if kind == ".mhtml" else data)
    if kind == ".export" and (book := read_export(decoded.text)) is not None:
        return _workbook(name, file_id, book, known)
    if kind in JSON:
        return table_contents(name, file_id, partial(json_rows, decoded.text, to_text), decoded, known)
    if kind in TABLES or kind == ".export":
        try:
            return table_contents(name, file_id, lambda _: csv_rows(decoded.text, to_text), decoded, known)
        except UnreadableFile:
            if kind in TABLES:
                raise
            kind = ".txt"  # a page or a text that is no table, under the name of a workbook
    if kind in SUBTITLES:
        decoded = replace(decoded, text=subtitle_text(decoded.text))
        if subject := subject_of_file(name):  # rather than the first words spoken
            spoken = Document(decoded.text, "", title=subject, origins=(("title", "file name"),))
            return document_contents(
                name, [(file_id, with_decoding(spoken, decoded))], tuple(lost_in_decoding(name, decoded))
            )
    return _text(name, file_id, decoded, ".html" if kind == ".mhtml" else kind)


def _mail(name: str, file_id: str, mail: Mail, within: int) -> FileContents:
    """Read a mail, and the files attached to it by the readers of their kinds: `mail.eml!report.docx`."""
    contents = [document_contents(name, [(file_id, mail.document)] if mail.document else [])]
    if mail.cut:
        contents.append(FileContents((), (Problem.of(name, "reading.mail_too_many", count=f"{PARTS:,}"),)))
    if mail.is_without_text:
        contents.append(FileContents((), (Problem.of(name, "reading.mail_rtf"),)))
    if within >= _MAILS and mail.attachments:
        contents.append(FileContents((), (Problem.of(name, "reading.mail_too_deep", count=_MAILS),)))
    left = LARGEST
    unread: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for attachment in mail.attachments if within < _MAILS else ():
        suffix = PurePosixPath(attachment.name).suffix.lower()
        names[attachment.name] += 1
        if not is_readable(suffix) and contents_kind(suffix, attachment.data) == suffix:
            unread[suffix] += 1
            continue
        again = f"({names[attachment.name]})" if names[attachment.name] > 1 else ""
        place = f"{name}!{attachment.name.removesuffix(suffix)}{again}{suffix}"
        members = (
            [Member(place, attachment.data)]
            if is_package(attachment.data)
            else unpacked(place, attachment.data, SUFFIXES, max(left, 1))
        )
        for member in members:
            if isinstance(member, Problem):
                contents.append(FileContents((), (member,)))
                continue
            left -= len(member.data)
            own = f"{file_id}-{name_digest(member.name.removeprefix(name).encode())}"
            contents.append(_read_one(member.name, own, member.data, within=within + 1))
    problems = [Problem.of(name, "reading.mail_kind", suffix=kind, count=n) for kind, n in sorted(unread.items())]
    return FileContents(
        tuple(article for each in contents for article in each.articles),
        (*(problem for each in contents for problem in each.problems), *problems),
        refused=tuple(refused for each in contents for refused in each.refused),
    )


def _workbook(name: str, file_id: str, book: Workbook, known: Mapping[str, str]) -> FileContents:
    """Read the sheets of a workbook, as tables are read; see read_articles for `known`."""
    several = sum(bool(sheet.rows) for sheet in book.sheets) > 1
    problems = [
        Problem.of(name, f"reading.taken_{code}", count=count)
        for code, count in (
            ("uncalculated", book.uncalculated),
            ("hidden_sheets", book.hidden),
            ("damaged_parts", book.damaged),
        )
        if count
    ]
    decoded = Decoded("", "workbook", 0)
    articles: list[Article] = []
    unchanged: list[str] = []
    author = real_value(book.properties.get("creator"), NO_AUTHOR)
    for number, sheet in enumerate(book.sheets):
        own = f"{file_id}-{name_digest(sheet.name.encode('utf-8', 'replace'))[:6]}{number}" if several else file_id
        rows = [_named(row, name, sheet.name if several else "", author) for row in sheet_rows(sheet, to_text)]
        place = f"{sheet.name}:" if several and sheet.name else ""
        contents = table_contents(name, own, partial(_all, rows), decoded, _NOTHING if several else known, place)
        articles += contents.articles
        unchanged += contents.unchanged
        problems += [each for each in contents.problems if each.code != "reading.no_rows"]
    if not articles and not unchanged and not problems:
        problems.append(Problem.of(name, "reading.no_rows"))
    return FileContents(tuple(articles), tuple(problems), tuple(unchanged))


def _all(rows: Sequence[Row], skipped: Callable[[int, str], bool]) -> Sequence[Row]:
    return rows


def _named(row: Row, name: str, sheet: str, author: str) -> Row:
    """Return the row of a whole sheet with a title, of the file's name and the sheet's if it has none of its own."""
    document = row.document
    if document is None or "as_table" not in dict(document.repairs):
        return row
    title, origin = document.title, "first line"
    if not title and (sheet := subject_of_name(sheet)):
        subject = subject_of_file(name)
        title, origin = sheet if subject in sheet else f"{subject} {sheet}", "sheet name"
    origins = origins_of(title, origin, author, "workbook properties")
    return replace(row, document=replace(document, title=title, author=author, origins=origins))


def _not_recognized(name: str, document: Document) -> Iterator[Problem]:
    """Yield a problem for the pages of a document that are pictures, if their text cannot be recognized here."""
    if count := dict(document.repairs).get("pages_not_recognized"):
        yield Problem.of(name, "reading.taken_without_ocr", count=count)


def _fault(name: str, error: Exception) -> Problem:
    """Return the problem of a file on which its reader failed, and log it with a number to report.

    The number is the same for every file on which the reader fails at the same place.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_HERE)] or list(frames)
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    kind = error.__class__.__name__
    number = name_digest(f"{kind} {place}".encode())[:6]
    _log.error("%s: fault %s at %s", name, number, place, exc_info=error)
    return Problem.of(name, "reading.reader_failed", number=number, kind=kind, place=place)


def _text(name: str, file_id: str, decoded: Decoded, kind: str) -> FileContents:
    """Read the articles of a text, which may be a feed or a page whatever its name is."""
    start = decoded.text[:_START]
    problems = list(lost_in_decoding(name, decoded))
    if kind not in MARKDOWN and _FEED.search(start) and not _PAGE.search(start):
        feed = read_feed(decoded, to_text)
        if feed.without_text:
            problems.append(Problem.of(name, "reading.feed_without_text", count=feed.without_text))
        if feed.broken:
            problems.append(replace(feed.broken, path=name))
        return document_contents(
            name, [(entry_id(file_id, document), document) for document in feed.documents], problems
        )
    if kind in PAGES or (kind not in MARKDOWN and _PAGE.search(start)) or kind in FEEDS:
        try:
            document = read_page(decoded.text) if "<" in decoded.text else Document(decoded.text, "")
        except NoArticle as error:
            whole = document_contents(name, [(file_id, with_decoding(error.document, decoded))], refused=True)
            refusal = error.problem(name)
            return FileContents((), (refusal,), refused=tuple((article, refusal) for article in whole.articles))
    else:
        document = read_markdown(decoded.text, to_text) if kind in MARKDOWN else Document(decoded.text, "")
        if not any(character.isalnum() for character in document.text):
            raise UnreadableFile("reading.no_text")
    return document_contents(name, [(file_id, with_decoding(document, decoded))], problems)
