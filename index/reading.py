"""Files become articles: txt, md, jsonl and csv.

Knows file formats and asks index.frame for what a text says about itself. Does not know the store. One bad file, or one
bad row, is a Problem beside the articles, never an exception.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.cleaning import repaired
from index.decoding import Decoded, decode
from index.errors import UnreadableFile, UserError
from index.frame import iso_date, read_frame
from index.records import Article

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


def find_files(roots: Sequence[Path]) -> list[Path]:
    """Every file under the roots, absolute, sorted, each once; hidden files and folders are passed over.

    Raises UserError for a root that does not exist.
    """
    found: set[Path] = set()
    for root in roots:
        if not root.exists():
            raise UserError(f"{root}: no such file or folder.", "Give an existing one; articles of a file that is gone leave with --remove PATH.")
        root = root.resolve()
        if root.is_dir():
            found |= {path for path in root.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)}
        else:
            found.add(root)
    return sorted(found)


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
        return Contents((), (Problem(str(path), error.message),))


def _file_id(path: Path) -> str:
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _lost(path: Path, decoded: Decoded) -> tuple[Problem, ...]:
    if not decoded.undecodable:
        return ()
    return (Problem(str(path), f"taken in, but {decoded.undecodable} bytes are not {decoded.encoding} and show as \ufffd"),)


def _one_article(path: Path, decoded: Decoded) -> Contents:
    if not any(character.isalnum() for character in decoded.text):
        raise UnreadableFile("no text in it")
    frame = read_frame(decoded.text)
    article = Article(
        _file_id(path),
        str(path),
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


_Row = tuple[int, object]  # the line it stands in, and what was parsed there: a mapping, or the reason why not


def _json_rows(text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"not JSON ({error.__class__.__name__})"


def _csv_rows(text: str) -> Iterator[_Row]:
    csv.field_size_limit(_LARGEST)
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    try:
        if "text" not in (reader.fieldnames or ()):
            raise UnreadableFile("no column named text in its first line")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        yield reader.line_num, f"not CSV ({error})"


def _row_articles(path: Path, decoded: Decoded, rows: Iterable[_Row]) -> Contents:
    articles: list[Article] = []
    problems = list(_lost(path, decoded))
    taken: set[str] = set()
    for number, row in rows:
        place = f"{path}:{number}"
        if not isinstance(row, dict):
            problems.append(Problem(place, row if isinstance(row, str) else "not an object with a text"))
            continue

        def field(name: str, row: dict[str, object] = row) -> str:
            value = row.get(name)
            return str(value).strip() if isinstance(value, str | int | float) else ""

        text = row.get("text")
        if not isinstance(text, str) or not any(character.isalnum() for character in text):
            problems.append(Problem(place, "no text in it"))
            continue
        if not text.isprintable():
            text = text.encode("utf-8", "replace").decode("utf-8")  # JSON can hold half characters (\ud800)
        own_id = field("id") or f"{_file_id(path)}-{number}"
        if own_id in taken:
            problems.append(Problem(place, f"its id {own_id} stands in an earlier row too; taken in as {own_id}#{number}"))
            own_id = f"{own_id}#{number}"
        taken.add(own_id)
        frame = read_frame(text)
        articles.append(
            Article(
                own_id,
                str(path),
                text,
                decoded.encoding,
                repaired(field("title") or frame.title),
                iso_date(field("date")) or frame.date,
                field("source") or frame.source,
                field("author") or frame.author,
                field("url"),
                decoded.undecodable,
            )
        )
    if not articles and not problems:
        problems.append(Problem(str(path), "no rows in it"))
    return Contents(tuple(articles), tuple(problems))
