"""Read a user's own word list: 青发投=青岚发展投资集团, a line for each group of words that mean the same.

Knows how such a file is written and what it is called. Does not know questions or the corpus.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from index.errors import UnreadableFile, UserError
from index.records import stored_name
from index.text.folding import fold

FILE = "words.txt"  # in the folder of the store
_LONGEST, _LONGEST_HAN = 60, 30  # characters of a word, and of one with Han signs: more is a sentence
_MOST = 50  # words that mean the same: with more, one question would look for all of them
_LARGEST = 4 << 20  # bytes
_SHOWN = 60  # characters of a line that an error quotes
_LINES = re.compile(r"\r\n|\r|\n")  # the lines that an editor counts
_WORD = re.compile(r'(?:"[^"]*"|[^=,、\t"])+')  # in a folded line: what stands between = , 、 and tabs
_HAN = re.compile(r"[一-鿿]")
# What belongs to a sentence, or was meant to part two words: none of it stands in a name.
_NO_SIGN = re.compile(r"[。！？；;：…→|｜“”]|=>|\s(?=#)|(?<=[一-鿿])[ \u3000]+(?=[一-鿿])")


WordList = tuple[tuple[str, ...], ...]  # groups of folded words that mean the same, in the order of the file


class _HashedOnce(WordList):
    """A word list that computes its hash once: a question carries it, and is looked up in caches."""

    _hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = super().__hash__()
        return self._hash


def read_word_list(path: Path) -> WordList:
    """Return the words of a file. A changed file is read anew.

    Raises UserError if it cannot be read or a line is wrong, FileNotFoundError if it does not exist.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UserError("words.closed", path=stored_name(path), reason=error.strerror) from error
    if not stat.S_ISREG(status.st_mode):  # a pipe would never end
        raise UserError("words.no_regular_file", path=stored_name(path))
    if status.st_size > _LARGEST:
        raise UserError("words.too_large", path=stored_name(path))
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> WordList:
    """Read a file once for each of its states, `changed` and `size`."""
    from index.reading.decoding import decode

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        return parse_words(decode(data).text, stored_name(path))
    except OSError as error:
        raise UserError("words.closed", path=stored_name(path), reason=error.strerror) from error
    except UnreadableFile as error:
        raise UserError("words.no_text", path=stored_name(path)) from error


def is_word_list(path: Path) -> bool:
    """Whether a file can be read as a word list, and so is no article."""
    try:
        read_word_list(path)
    except (UserError, FileNotFoundError):
        return False
    return True


def parse_words(text: str, path: str = "") -> WordList:
    r"""Return the groups of a word list. Words stand between = , 、 or tabs; lines that begin with # say nothing.

    A word in straight quotes may hold a comma. Raises UserError, with the number of the line, if a line does not hold
    two different words, or holds something that is no word.

    >>> parse_words("# 公司\n青发投=青岚发展投资集团\n")
    (('青发投', '青岚发展投资集团'),)
    """
    groups: list[tuple[str, ...]] = []
    meaning_the_same: dict[str, int] = {}  # how many words stand beside a word, in all lines so far
    text = text.removeprefix("\ufeff")
    for number, (line, folded) in enumerate(zip(_LINES.split(text), _LINES.split(fold(text)), strict=True), 1):
        plain = line.strip()
        if not plain or plain.startswith(("#", "＃")):
            continue
        words = tuple(dict.fromkeys(filter(None, (_unquoted(word) for word in _WORD.findall(folded)))))
        for word in words:
            meaning_the_same[word] = meaning_the_same.get(word, 0) + len(words) - 1
        code, sign = _problem(plain, words, max(map(meaning_the_same.__getitem__, words), default=0))
        if code:
            raise UserError(f"words.{code}", path=path, line=number, text=plain[:_SHOWN], sign=sign, most=_MOST)
        groups.append(words)
    return _HashedOnce(groups)


def _unquoted(word: str) -> str:
    word = word.strip()
    return word[1:-1].strip() if len(word) > 1 and word[0] == word[-1] == '"' else word


def _problem(line: str, words: Sequence[str], meaning_the_same: int) -> tuple[str, str]:
    """Return the code of what is wrong with a line, "" if nothing is, and the sign that is to blame."""
    if wrong := _NO_SIGN.search(line):
        return "wrong_sign", wrong.group()
    if line.count('"') % 2 or any('"' in word for word in words):
        return "wrong_sign", '"'
    if len(words) < 2:
        return "one_word", ""
    if any(_is_no_word(word) for word in words):
        return "no_word", ""
    return ("too_many", "") if meaning_the_same >= _MOST else ("", "")


def _is_no_word(word: str) -> bool:
    longest = _LONGEST_HAN if _HAN.search(word) else _LONGEST
    return len(word) > longest or not any(sign.isalnum() for sign in word)
