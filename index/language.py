"""Choose the language in which a person is spoken to, and find a sentence in it.

Knows Chinese and English, the environment that chooses between them, how a code names a sentence of index.messages, and
that a sentence names commands as the user typed them.
Does not know when a sentence is shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Literal, NamedTuple

Language = Literal["zh", "en"]
_chosen: ContextVar[Language | None] = ContextVar("language", default=None)
_typed: dict[str, str] = {}  # command as the sentences name it → as the user typed it; the same in every thread


class Message(NamedTuple):
    """A sentence in both languages, and a hint that says what to do next; values stand in braces, as `{path}`."""

    zh: str
    en: str
    zh_hint: str = ""
    en_hint: str = ""


def language() -> Language:
    """Return the language of this thread's listener: by `use_language`, ZHIWEN_LANG or LANG; Chinese by default.

    >>> with use_language("en"):
    ...     language()
    'en'
    """
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    named = os.environ.get("ZHIWEN_LANG") or os.environ.get("LANG") or ""
    return "en" if named.lower().startswith("en") else "zh"


@contextmanager
def use_language(chosen: Language) -> Iterator[None]:
    """Speak one language inside the block, whatever the environment says."""
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


@contextmanager
def commands_named(names: Mapping[str, str]) -> Iterator[None]:
    """Name commands inside the block as the user typed them: `names` maps `python -m index.reindex` to another name.

    >>> with commands_named({"python -m index.reindex": "zhiwen index"}):
    ...     as_typed("Run python -m index.reindex FOLDER.")
    'Run zhiwen index FOLDER.'
    """
    before = dict(_typed)
    _typed.update(names)
    try:
        yield
    finally:
        _typed.clear()
        _typed.update(before)


def as_typed(words: str) -> str:
    """Return a sentence, before its values are filled in, with the commands in it as the user typed them."""
    for name, typed in _typed.items():
        words = words.replace(name, typed)
    return words


def sentence(code: str, values: Mapping[str, object], chosen: Language | None = None) -> tuple[str, str]:
    """The sentence and the hint that a code names, with the values filled in; `chosen` None: the listener's language.

    A code is `module.key`: `reading.empty_file` is MESSAGES["empty_file"] in index/messages/reading.py. Raises KeyError
    for a code that no table holds, or a value that is missing.
    """
    module, _, key = code.partition(".")
    try:
        message: Message = import_module(f"index.messages.{module}").MESSAGES[key]
    except (ModuleNotFoundError, KeyError):
        raise KeyError(code) from None
    english = (chosen or language()) == "en"
    text, hint = (message.en, message.en_hint) if english else (message.zh, message.zh_hint)
    if not english and "reason" in values:
        values = {**values, "reason": _chinese_reason(values["reason"])}
    return as_typed(text).format_map(values), as_typed(hint).format_map(values)


def _chinese_reason(reason: object) -> object:
    """The Chinese of what the operating system says, which is English in this process; any other reason as it is."""
    return import_module("index.messages.system").REASONS.get(str(reason), reason)


def text(code: str, chosen: Language | None = None, **values: object) -> str:
    """The sentence that a code names, without its hint. See `sentence`."""
    return sentence(code, values, chosen)[0]
