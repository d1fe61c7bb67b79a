"""Read the options of a command, and print their help and errors in the user's language.

Knows the sentences that argparse writes itself, and how wide Chinese text is on a terminal. Does not know any option.
Loads the standard library only, as `--help` must.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn
from unicodedata import east_asian_width

from index.language import text
from index.messages.options import MESSAGES
from index.records import escape_controls

_KEYS = {message.en: key for key, message in MESSAGES.items()}
_CLOSING = "，。；：、！？）》」』”’…"  # never at the start of a line
_UNITS = re.compile(rf"(?:[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+)[{_CLOSING}]*|\s+")


def _translated(message: str) -> str:
    """A sentence of argparse in the user's language; one that no table holds stays English."""
    key = _KEYS.get(message)
    return text(f"options.{key}") if key else message


def _translated_count(one: str, many: str, count: int) -> str:
    return _translated(one if count == 1 else many)


@contextmanager
def _translation() -> Iterator[None]:
    """Translate what argparse says inside the block. It reads its sentences through these two names of its module."""
    names = vars(argparse)
    before: dict[str, object] = {name: names[name] for name in ("_", "ngettext")}
    names.update(_=_translated, ngettext=_translated_count)
    try:
        yield
    finally:
        names.update(before)


def _width(words: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in words)


def _wrap(words: str, width: int) -> list[str]:
    """A text as lines of at most `width` columns; Chinese breaks between any two characters, but before no comma."""
    lines = [""]
    for unit in _UNITS.findall(" ".join(words.split())):
        if _width(lines[-1] + unit.rstrip()) > width and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append(unit.lstrip())
        else:
            lines[-1] += unit
    return lines


class _HelpFormatter(argparse.HelpFormatter):
    """argparse's layout of a help text, with lines measured in columns."""

    def _split_lines(self, words: str, width: int) -> list[str]:
        return _wrap(words, width)

    def _fill_text(self, words: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in _wrap(words, width - len(indent)))


class OptionParser(argparse.ArgumentParser):
    """An ArgumentParser that speaks the user's language, in its help and in its errors (exit code 2).

    The caller passes descriptions and helps in that language: `help=text("options.store")`.

    >>> from index.language import use_language
    >>> with use_language("zh"):
    ...     print(OptionParser(prog="zhiwen ask").format_usage(), end="")
    用法：zhiwen ask [-h]
    """

    def __init__(self, prog: str, description: str = "", epilog: str = "") -> None:
        with _translation():
            super().__init__(prog=prog, description=description, epilog=epilog, formatter_class=_HelpFormatter)

    def parse_args(  # type: ignore[override]  # no command fills in a namespace of its own
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """Read the arguments. Exit with code 2 if they are wrong, with code 0 after `--help`."""
        with _translation():
            return super().parse_args(args, namespace)

    def format_usage(self) -> str:
        """The line that lists the options."""
        with _translation():
            return super().format_usage()

    def format_help(self) -> str:
        """The whole help text."""
        with _translation():
            words = super().format_help()
        for heading in (text("options.positional"), text("options.options")):  # argparse writes its own colon
            words = words.replace(f"\n{heading}:\n", f"\n{heading}{text('options.colon')}\n")
        return words

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message on stderr, and exit with code 2."""
        with _translation():
            super().error(escape_controls(message))
