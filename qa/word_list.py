"""Read a user's own word list: 青发投=青岚发展投资集团, a line for each group of words that mean the same.

Knows how such a file is written and where it stands. Does not know questions or the corpus.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UnreadableFile, UserError
from index.records import stored_name
from index.text.folding import fold

if TYPE_CHECKING:
    from index.store.address import MilvusAddress

WordList = tuple[tuple[str, ...], ...]  # groups of folded words that mean the same, in the order of the file

FILE = "words.txt"  # in the folder of the store
_NAMED = "ZHIWEN_WORDS"  # the environment variable that names another file
_LONGEST = 60  # characters of a word: more is a sentence, and the file no word list
_LARGEST = 4 << 20  # bytes
_SIGNS = re.compile(r"[=＝,，、\t]")


def word_list(address: Path | MilvusAddress) -> WordList:
    """Return the word list of a store: the file that ZHIWEN_WORDS names, else `words.txt` beside the store.

    Without a file it is empty. A changed file is read anew. Raises UserError for a file that cannot be read, and for a
    line that does not hold two different words.
    """
    named = os.environ.get(_NAMED, "").strip()
    path = Path(named).expanduser() if named else (address if isinstance(address, Path) else address.beside) / FILE
    try:
        status = path.stat()
    except FileNotFoundError:
        if named:  # a mistyped name must not pass for an empty list
            raise UserError("words.no_file", path=stored_name(path)) from None
        return ()
    except OSError as error:
        raise UserError("words.closed", path=stored_name(path), reason=error.strerror) from error
    if status.st_size > _LARGEST:
        raise UserError("words.too_large", path=stored_name(path))
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> WordList:
    """Read a file once for each of its states, `changed` and `size`."""
    from index.reading.decoding import decode

    try:
        return parse_words(decode(path.read_bytes()).text, stored_name(path))
    except OSError as error:
        raise UserError("words.closed", path=stored_name(path), reason=error.strerror) from error
    except UnreadableFile as error:
        raise UserError("words.no_text", path=stored_name(path)) from error


def parse_words(text: str, path: str = "") -> WordList:
    r"""Return the groups of a word list. Words stand between =, commas or tabs; lines that begin with # say nothing.

    Raises UserError, with the number of the line, if a line does not hold two different words.

    >>> parse_words("# 公司\n青发投=青岚发展投资集团\n")
    (('青发投', '青岚发展投资集团'),)
    """
    groups = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip().lstrip("\ufeff")
        if not plain or plain.startswith("#"):
            continue
        words = tuple(dict.fromkeys(fold(word.strip().strip('"')) for word in _SIGNS.split(plain) if word.strip(' "')))
        problem = (
            "words.one_word"
            if len(words) < 2
            else "words.no_word"
            if any(len(word) > _LONGEST or not any(sign.isalnum() for sign in word) for word in words)
            else ""
        )
        if problem:
            raise UserError(problem, path=path, line=number, text=plain[:_LONGEST])
        groups.append(words)
    return tuple(groups)
