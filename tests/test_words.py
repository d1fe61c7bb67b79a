"""One word for one thing: the old words of docs/glossary.md are refused in names and prose."""

import ast
import io
import re
import subprocess
import tokenize
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_EXEMPT = {"CHANGELOG.md", "docs/glossary.md", "docs/experiments.md", "tests/test_words.py", "tests/test_messages.py"}
# Parts of names, as in `same_story` or `TermLeg`, and words of prose.
_OLD = {"truth", "leg", "legs", "story", "stories", "teller", "tellers", "hearsay", "speechless"}
_OLD_NAMES = {"read_frame", "find_frame", "frame_lines"}
# Names that do not say what the value is, and how many are left in each package: the number may only fall.
_VAGUE = {"found", "told", "said", "given", "shown"}
_MOST = {
    "index": 0,
    "index/text": 0,
    "index/reading": 0,
    "index/embedding": 0,
    "index/store": 0,
    "index/milvus": 0,
    "index/messages": 0,
    "qa": 5,
    "web": 0,
    "tests": 158,
    "training": 16,
    "benchmarks": 0,
    "zhiwen": 0,
    "examples": 0,
    "app": 0,
}
_TOPS = (*_MOST, "index/assets", "docs", "README")
# Where an old word means something else: (file, or "" for all; what is taken out before looking).
_ALLOWED = (
    ("", r"ground truth|source of truth|short stor(?:y|ies)|success stor(?:y|ies)|(?:in|of) truth"),
    ("index/store/database.py", r"RENAME COLUMN \w+|articles_by_\w+"),
    ("index/store/search_files.py", r"legs\.json"),
    ("tests/test_store_format.py", r"\w*story"),  # the columns of an older format
    ("", r"from hypothesis import.*"),
)


@cache
def _files():
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    tops = ("index/", "qa/", "web/", "zhiwen/", "tests/", "training/", "benchmarks/", "docs/", "examples/", "app.py")
    return [
        name
        for name in listed.splitlines()
        if name.endswith((".py", ".md")) and (name.startswith((*tops, "README"))) and name not in _EXEMPT
        and (ROOT / name).exists()
    ]  # fmt: skip


def _parts(name):
    """The words of a name: `sameStory` and `same_story` are same and story."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def _bound(tree):
    """(name, line) of everything that a module names."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno


def _prose(name, text):
    """(piece of prose, line) of a file: comments and strings of a module, all of a page."""
    if not name.endswith(".py"):
        yield from ((line, number) for number, line in enumerate(text.splitlines(), 1))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        data = name.startswith("tests/") and token.type != tokenize.COMMENT and not token.string.startswith('"""')
        if not data and token.type in (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)):
            for number, line in enumerate(token.string.splitlines(), token.start[0]):
                yield line, number


def _without_allowed(name, text):
    for file, pattern in _ALLOWED:
        if file in ("", name):
            text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return text


def _top(name):
    """The package of a file, of `index` the drawer; `README` of README.en.md."""
    first, *rest = name.split("/")
    return f"index/{rest[0]}" if first == "index" and len(rest) > 1 else first.split(".")[0]


def _of(top):
    return [name for name in _files() if _top(name) == top]


def test_every_file_is_checked():
    assert {_top(name) for name in _files()} == set(_TOPS)


def test_the_glossary_names_the_old_words():
    rows = re.findall(r"^\|.*\| ([^|]*) \|$", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = set().union(*(_parts(cell) for cell in rows))
    assert listed >= (_OLD | _VAGUE) - {"tellers"}


@pytest.mark.parametrize("top", _TOPS)
def test_names_are_plain(top):
    wrong = [
        f"{file}:{line}: {name}"
        for file in _of(top)
        if file.endswith(".py")
        for name, line in _bound(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if _parts(name) & _OLD or name.strip("_") in _OLD_NAMES
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("top", _TOPS)
def test_prose_is_plain(top):
    words = re.compile(rf"(?<![A-Za-z0-9.])_?\b(?:{'|'.join(sorted(_OLD))}|read_frame|same_story)\b", re.IGNORECASE)
    wrong = [
        f"{file}:{line}: {match.group()}: {piece.strip()[:90]}"
        for file in _of(top)
        for piece, line in _prose(file, (ROOT / file).read_text(encoding="utf-8"))
        if (match := words.search(_without_allowed(file, piece)))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_store_is_not_called_a_library_in_english():
    # zhiwen.Library is the name of a class, of which index.messages.public speaks.
    tables = [path for path in sorted((ROOT / "index" / "messages").glob("*.py")) if path.stem != "public"]
    words = {
        f"{path.stem}.{key}": " ".join(message)
        for path in tables
        if path.stem != "__init__"
        for key, message in import_module(f"index.messages.{path.stem}").MESSAGES.items()
    }
    words |= {f"labels.{key}": english for key, (_, english) in import_module("web.labels").WORDS.items()}
    assert [key for key, text in words.items() if re.search(r"\blibrary\b", text, re.IGNORECASE)] == []


def test_files_are_named_by_plain_words():
    assert [name for name in _files() if _parts(Path(name).stem) & (_OLD | {"frame"})] == []


def test_vague_names_grow_fewer():
    counted = Counter(
        _top(file)
        for file in _files()
        if file.endswith(".py")
        for name, _ in _bound(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if name.strip("_") in _VAGUE
    )
    assert {top: count for top, count in counted.items() if count > _MOST[top]} == {}
