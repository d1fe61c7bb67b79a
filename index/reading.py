"""Files become articles: txt, md, jsonl and csv.

Knows file formats and asks index.frame for what a text says about itself. Does not know the store. One bad file, or one
bad row, is a Problem beside the articles, never an exception.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.decoding import Decoded, decode
from index.errors import UnreadableFile, UserError
from index.frame import iso_date, read_frame
from index.records import Article
from index.repairs import repaired

SUFFIXES = (".txt", ".md", ".jsonl", ".csv")
_LARGEST = 256 * 1024 * 1024  # bytes; a text this large takes minutes, beyond it memory runs out on a laptop


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be taken in: the file (and row) and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file holds."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]


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
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableFile(f"not a kind of file that is read ({', '.join(s[1:] for s in SUFFIXES)})")
    try:
        if path.stat().st_size > _LARGEST:
            raise UnreadableFile(f"larger than {_LARGEST >> 20} MB; split it")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"cannot be opened: {error.strerror or error}") from error


def read_articles(path: Path, data: bytes) -> Contents:
    """The articles in a file's bytes, in the file's order, with what could not be taken in."""
    try:
        if not data.strip():
            raise UnreadableFile("empty file")
        decoded = decode(data)
        suffix = path.suffix.lower()
        if suffix not in (".jsonl", ".csv"):
            return _one_article(path, decoded)
        rows = _json_rows(decoded.text) if suffix == ".jsonl" else _csv_rows(decoded.text)
        return _row_articles(path, decoded, rows)
    except UnreadableFile as error:
        return Contents((), (Problem(stored_name(path), error.message),))


def stored_name(path: Path) -> str:
    r"""A path as text that can be stored and shown; bytes of a name that are not UTF-8, and controls, show as \xNN."""
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", lambda match: match.group().encode("unicode_escape").decode(), name)


def _file_id(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _lost(path: Path, decoded: Decoded) -> tuple[Problem, ...]:
    if not decoded.undecodable:
        return ()
    return (Problem(stored_name(path), f"taken in, but {decoded.undecodable} bytes are not {decoded.encoding} and show as \ufffd"),)


def _one_article(path: Path, decoded: Decoded) -> Contents:
    if not any(character.isalnum() for character in decoded.text):
        raise UnreadableFile("no text in it")
    frame = read_frame(decoded.text)
    article = Article(
        _file_id(path),
        stored_name(path),
        decoded.text,
        decoded.encoding,
        repaired(frame.title),
        frame.date,
        frame.source,
        frame.author,
        "",
        decoded.undecodable,
    )
    return Contents((article,), _lost(path, decoded))


_Row = tuple[int, object, str]  # the line it stands in, what was parsed there, and what was wrong with it


def _json_rows(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line), ""
            except (ValueError, RecursionError) as error:
                yield number, None, f"not JSON ({error.__class__.__name__})"


def _csv_rows(text: str) -> Iterator[_Row]:
    csv.field_size_limit(_LARGEST)
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    try:
        columns = reader.fieldnames or ()
        if "text" not in columns:
            raise UnreadableFile("no column named text in its first line")
        for row in reader:
            rest: object = row.pop("", None)
            wrong = ""
            if isinstance(rest, list):
                # A comma nobody quoted: of a last column the rest is known to belong to it.
                if columns[-1] == "text":
                    row["text"] = ",".join([row["text"], *rest])
                    wrong = f"{len(rest)} values more than columns; taken in as part of the text"
                else:
                    wrong = f"{len(rest)} values more than columns; taken in without: {','.join(rest)[:40]}"
            yield reader.line_num, row, wrong
    except csv.Error as error:
        yield reader.line_num, None, f"not CSV from here on ({error})"


def _field(value: object) -> str:
    """A field as text; half characters, which JSON can hold, become U+FFFD."""
    text = str(value) if isinstance(value, str | int | float) else ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _row_articles(path: Path, decoded: Decoded, rows: Iterable[_Row]) -> Contents:
    articles: list[Article] = []
    problems = list(_lost(path, decoded))
    taken: set[str] = set()
    for number, row, wrong in rows:
        place = f"{stored_name(path)}:{number}"
        if wrong:
            problems.append(Problem(place, wrong))
        if not isinstance(row, dict):
            if not wrong:
                problems.append(Problem(place, "not an object with a text"))
            continue
        fields = {name: _field(row.get(name)) for name in ("id", "title", "text", "date", "source", "author", "url")}
        text = fields["text"]
        if not isinstance(row.get("text"), str) or not any(character.isalnum() for character in text):
            problems.append(Problem(place, "no text in it"))
            continue
        if any("\ufffd" in value and "\ufffd" not in str(row.get(name)) for name, value in fields.items()):
            problems.append(Problem(place, "taken in, but half characters in it show as \ufffd"))
        own_id = fields["id"].strip() or f"{_file_id(path)}-{number}"
        if own_id in taken:
            problems.append(Problem(place, f"its id {own_id} stands in an earlier row too; taken in as {own_id}#{number}"))
            own_id = f"{own_id}#{number}"
        taken.add(own_id)
        frame = read_frame(text)
        title, source, author, url = (fields[name].strip() for name in ("title", "source", "author", "url"))
        date = iso_date(fields["date"]) or frame.date
        articles.append(
            Article(
                own_id,
                stored_name(path),
                text,
                decoded.encoding,
                repaired(title or frame.title),
                date,
                source or frame.source,
                author or frame.author,
                url,
                decoded.undecodable,
            )
        )
    if not articles and not problems:
        problems.append(Problem(stored_name(path), "no rows in it"))
    return Contents(tuple(articles), tuple(problems))
