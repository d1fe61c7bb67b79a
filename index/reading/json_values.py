"""Read the values of a JSON text, also of one with faults: each fault costs one value.

Knows JSON and its lists over many lines. Does not know what the values mean: see index.reading.rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_FAULTS = 100  # after so many a text is given up: its values are not written as JSON
_GAP = re.compile(r"[\s,]*")
_NEXT = re.compile(r"\n[ \t]*\{")  # where a value may begin after a fault
_NEXT_IN_LINE = re.compile(r"\}\s*,[\s,]*\{")  # the same in a list that is written on one line
_INSIDE = re.compile(r"\[\s*(?=\{)")  # where the list inside an object begins, such as {"data": {"list": [
_START = 2000  # characters in which it begins
_OPENED = re.compile(r"[\s\[]*")
_CLOSED = re.compile(r"[\s,\]}]*\Z")  # the end of the list


@dataclass(frozen=True, slots=True)
class Value:
    """One value, or the fault that stands in its place.

    `taken_in` is True for a fault between values, which costs none.
    """

    number: int  # of its line, from 1; in a whole list of its place
    value: object
    fault: str = ""  # what json says
    line: str = ""  # the whole line, where each value has a line
    taken_in: bool = False


def json_values(text: str, skipped: Callable[[int, str], bool]) -> Iterator[Value]:
    """Yield the elements of a JSON list, a single value, or the values of the lines, in order.

    A line for which `skipped(number, line)` is True is not parsed and yields nothing.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not _is_spread(text):
            yield from _lines(text, skipped)
            return
        faults = 0
        for value in _broken(text):
            faults += bool(value.fault)
            yield value
        if not faults and isinstance(error, json.JSONDecodeError) and error.msg != "Extra data":
            yield Value(error.lineno, None, error.msg, taken_in=True)
        return
    for number, value in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield Value(number, value)


def _is_spread(text: str) -> bool:
    """Return True if the text is a list or has values over several lines, rather than one value on each line."""
    lines = [line for line in text[:100_000].split("\n") if line.strip()][:2]
    if len(lines) < 2:
        return bool(lines) and lines[0].lstrip().startswith(("[", "{")) and bool(_INSIDE.search(lines[0][:_START]))
    if not lines[0].lstrip().startswith(("[", "{")):
        return False
    return lines[0].lstrip().startswith("[") or not any(_is_object(line) for line in lines)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(text: str, skipped: Callable[[int, str], bool]) -> Iterator[Value]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not skipped(number, line):
            try:
                yield Value(number, json.loads(line), line=line)
            except (ValueError, RecursionError) as error:
                yield Value(number, None, error.__class__.__name__)


def _broken(text: str) -> Iterator[Value]:
    """Yield the values of a list with faults; after each fault go on at the next line that opens an object."""
    decoder = json.JSONDecoder()
    place = _end(_OPENED, text, 0)
    if text.startswith("{", place) and (inner := _INSIDE.search(text, place, place + _START)):
        place = inner.end()
    line, counted = 1, 0  # the line of the character before which line ends were counted
    step = int("\n" not in text.strip())  # values on one line are numbered by their place
    faults = 0
    while not _CLOSED.match(text, place := _end(_GAP, text, place)):
        line, counted = line + text.count("\n", counted, place), place
        try:
            value, place = decoder.raw_decode(text, place)
        except RecursionError:
            yield Value(line, None, "RecursionError")
            return
        except json.JSONDecodeError as error:
            faults += 1
            where = line + text.count("\n", counted, error.pos)
            yield Value(where, None, f"{error.msg}: {_column(text, error.pos)}")
            after = max(error.pos - 1, place)
            follows = _NEXT.search(text, after) or _NEXT_IN_LINE.search(text, after)
            if follows is None or faults > _FAULTS:
                return
            place = follows.end() - 1
            line += step
            continue
        yield Value(line, value)
        line += step


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _column(text: str, place: int) -> str:
    """Return what stands at a place: the rest of its line, at most 20 characters."""
    return repr(text[place : place + 20].split("\n")[0])
