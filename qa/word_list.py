"""Find the user's own word list of a store.

Knows where it stands: beside the store, or where the environment says. Does not know how it is written
(index.reading.word_list).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from index.errors import UserError
from index.reading.word_list import FILE, WordList, read_word_list
from index.records import stored_name, user_path
from index.store.address import local

if TYPE_CHECKING:
    from pathlib import Path

    from index.store.address import MilvusAddress

_NAMED = "ZHIWEN_WORDS"  # the environment variable that names another file


def word_list(address: Path | MilvusAddress) -> WordList:
    """Return the word list of a store: the file that ZHIWEN_WORDS names, else `words.txt` beside the store.

    Without a file it is empty. Raises UserError for a file that cannot be read, and for a wrong line in it.
    """
    named = os.environ.get(_NAMED, "").strip()
    path = user_path(named) if named else local(address) / FILE
    try:
        return read_word_list(path)
    except FileNotFoundError:
        if named:  # a mistyped name must not pass for an empty list
            raise UserError("words.no_file", path=stored_name(path)) from None
        return ()
