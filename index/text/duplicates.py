"""Find near-duplicates: copies of one text, however damaged.

Knows what two texts share and where they contradict each other. Does not know articles, stores or sources.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from index.text.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# "Words" below are the Chinese characters of a text, each of which is a word here.
# Measured on 23,480 broadcast articles (no copies, but a hundred thousand pairs of bulletins from one template) and on
# 500 of them damaged in 25 ways. A copy cut by a third keeps a Jaccard similarity of 0.67: 20 bands of 3 rows find 99.9
# % of those, and 0.002 % of unrelated pairs (0.01) share a band.
_SHINGLE = 4  # characters
_BANDS = 20
_ROWS = 3
_FEWEST = 24  # characters; a shorter text is a caption or a list, whose likeness proves nothing
_SHARED = 0.8  # of the shorter text's shingles: one character in twenty may be mistyped
_LEAST = 0.55  # the shorter's share of the longer: a third cut away, and a line or two more
_AROUND = 4  # characters beside a figure that show what it counts
_CLOSE = 2  # characters on both sides of a figure that show it in any line
_OF_A_DATE = "年月日时分秒点号次人评阅浏"  # what a line above or below a text counts: its time and its readers
_NAME = 6  # characters at the head that may be a place or a person, and not a line of their own

# How many texts are compared with a new one: those that share most keys with it. A daily bulletin shares some with
# every earlier issue.
CANDIDATES = 50

_FOREIGN = 3
_SOURCE = re.compile("[报社网台电讯]")
_SIGNS = re.compile(r"[\W_]+")
# Traditional characters of two readings, which converters write and folding keeps.
_VARIANTS = str.maketrans("瞭藉覆甦俱像座炼揹", "了借复苏具象坐链背")
# Units of what a text tells; dates, times of day and how often a page was read are none.
_QUANTITY = re.compile("小时|分钟|天|个|户|元|吨|亩|米|公里|平方|千瓦|家|名|项|套|栋|辆|头|条")
# A run between the words: digits, Chinese numerals, or (_FOREIGN) other characters, such as pinyin and foreign names.
_FIGURE = re.compile(
    r"(\d+)|([〇零一二三四五六七八九十百千万亿两]+)|([^\d\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)"
)


@dataclass(frozen=True, slots=True)
class _Content:
    words: str  # the Chinese characters without the runs between them
    shingles: frozenset[str]
    runs: tuple[tuple[int, int, str], ...]  # (offset in `words`, kind, figure)
    # (words before, "", kind) and ("", words after, kind) → the figures there
    figures: dict[tuple[str, str, int], frozenset[str]]


def comparable_text(running_text: str) -> str:
    """Return the folded letters and digits of a text: equal for copies in another script, punctuation or spacing."""
    return _SIGNS.sub("", fold(running_text)).translate(_VARIANTS)


def bands(comparable: str) -> tuple[int, ...]:
    """Return the keys of a `comparable_text`, each a signed 64-bit number.

    Near-duplicates share a key almost surely, equal texts share all, other texts hardly ever one. An empty text has no
    key. A text of fewer than 24 Chinese characters has one, which only equal texts share.
    """
    import numpy as np

    if not comparable:
        return ()
    words = _FIGURE.sub("", comparable)
    if len(words) < _FEWEST:
        return (_key(b"whole", comparable.encode("utf-8", "surrogatepass")),)
    points = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    hashes = np.zeros(len(points) - _SHINGLE + 1, dtype=np.uint64)
    for offset in range(_SHINGLE):
        # 2^64 divided by the golden ratio: Knuth's multiplicative hashing.
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + points[offset : offset + len(hashes)]
    hashes >>= np.uint64(32)
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint64).max, np.uint64)
    factors, terms = _permutations()
    for start in range(0, len(hashes), 4096):  # in parts, so that a book needs no more memory than an article
        permuted = hashes[start : start + 4096, None] * factors + terms
        np.minimum(least, permuted.min(0), out=least)
    rows = (least >> np.uint64(32)).astype("<u4").reshape(_BANDS, _ROWS)
    return tuple(_key(b"%d" % band, row.tobytes()) for band, row in enumerate(rows))


@cache
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the factors (odd) and terms of 60 hash functions: two (60,) uint64 arrays.

    A hash function is x → factor · x + term modulo 2^64: MinHash (Broder 1997) with multiply-shift hashing
    (Dietzfelbinger and others 1997), whose high bits count. Never change them: stores keep the keys.
    """
    import numpy as np

    drawn = b"".join(hashlib.blake2b(b"%d" % number, digest_size=16).digest() for number in range(_BANDS * _ROWS))
    numbers = np.frombuffer(drawn, "<u8").astype(np.uint64).reshape(-1, 2)
    return numbers[:, 0] | np.uint64(1), numbers[:, 1]


def _key(kind: bytes, content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, person=kind).digest(), "little", signed=True)


def are_near_duplicates(a: str, b: str) -> bool:
    """Return True if two texts, as `comparable_text` returns them, are copies of one.

    Near-duplicates have nearly the same words and do not contradict each other. A copy may lose or gain lines, lose all
    figures and differ in single characters; a different figure or name in the same place makes it another text.
    """
    if a == b:
        return True
    one, other = _content(a), _content(b)
    if min(len(one.words), len(other.words)) < _FEWEST:
        return False
    few, many = sorted((len(one.shingles), len(other.shingles)))
    if few < _LEAST * many or len(one.shingles & other.shingles) < _SHARED * few:
        return False
    return not (_figures_differ(one, other) or _words_differ(one, other) or _openings_differ(one, other))


@lru_cache(maxsize=256)
def _content(comparable: str) -> _Content:
    pieces = []
    joined: dict[tuple[int, int], str] = {}  # joins the parts of a numeral that pinyin has split
    position, length = 0, 0
    for match in _FIGURE.finditer(comparable):
        pieces.append(comparable[position : match.start()])
        length += match.start() - position
        position = match.end()
        kind = match.lastindex or 0
        if kind < _FOREIGN or match[0].isascii():  # pinyin with tones has more than one spelling
            joined[length, kind] = joined.get((length, kind), "") + match[0]
    words = "".join([*pieces, comparable[position:]])
    runs = tuple((offset, kind, run) for (offset, kind), run in joined.items())
    shingles = frozenset(words[i : i + _SHINGLE] for i in range(len(words) - _SHINGLE + 1))
    return _Content(words, shingles, runs, _figures(words, runs))


def _figures(words: str, runs: Iterable[tuple[int, int, str]]) -> dict[tuple[str, str, int], frozenset[str]]:
    by_context = defaultdict(set)
    for offset, kind, run in runs:
        by_context[words[max(0, offset - _AROUND) : offset], "", kind].add(run)
        if offset < len(words):
            by_context["", words[offset : offset + _AROUND], kind].add(run)
    return {context: frozenset(figures) for context, figures in by_context.items()}


def _counted(content: _Content) -> dict[tuple[str, str, int], frozenset[str]]:
    """The figures by two words before and two after, also in a head line: 停水12小时 is not 停水20小时."""
    by_context = defaultdict(set)
    for offset, kind, run in content.runs:
        before, after = content.words[max(0, offset - _CLOSE) : offset], content.words[offset : offset + _CLOSE]
        if kind == 1 and len(before) == len(after) == _CLOSE and after[0] not in _OF_A_DATE:
            by_context[before, after, kind].add(run)
    return {context: frozenset(figures) for context, figures in by_context.items()}


def _figures_differ(one: _Content, other: _Content) -> bool:
    """Return True if the texts have different figures beside the same words.

    Figures that only one of them has are no contradiction.
    """
    if _contradict(_counted(one), _counted(other)):
        return True
    if not _contradict(one.figures, other.figures):
        return False
    # The date in a line above or below the text may differ.
    ours, theirs = _inner(one, other), _inner(other, one)
    if len(ours) == len(one.runs) and len(theirs) == len(other.runs):
        return True
    return _contradict(_figures(one.words, ours), _figures(other.words, theirs))


def _contradict(
    ours: dict[tuple[str, str, int], frozenset[str]], theirs: dict[tuple[str, str, int], frozenset[str]]
) -> bool:
    return any(
        ours[beside] - theirs[beside] and theirs[beside] - ours[beside] for beside in ours.keys() & theirs.keys()
    )


def _openings_differ(one: _Content, other: _Content) -> bool:
    """Return True if both texts open with words of their own that state quantities, and not the same.

    Notices from one form differ in their first sentence alone: 停水12小时 and 停水20小时 in other streets are two.
    """
    ours, theirs = _opening(one, other), _opening(other, one)
    return bool(ours - theirs) and bool(theirs - ours)


def _opening(one: _Content, other: _Content) -> set[tuple[str, str]]:
    """Return the quantities up to the first words that both texts have: (figure, unit)."""
    words = one.words
    start = next(i for i in range(len(words)) if words[i : i + _SHINGLE] in other.shingles)
    quantities = set()
    for offset, kind, run in one.runs:
        unit = _QUANTITY.match(words, offset)
        if kind < _FOREIGN and offset <= start + _SHINGLE and unit:
            quantities.add((run, unit.group()))
    return quantities


def _inner(one: _Content, other: _Content) -> Sequence[tuple[int, int, str]]:
    """Return the runs of one without those in or beside the head and foot lines that only it has."""
    last = len(one.words) - _SHINGLE
    start = next(i for i in range(last + 1) if one.words[i : i + _SHINGLE] in other.shingles)
    end = next(i for i in range(last, -1, -1) if one.words[i : i + _SHINGLE] in other.shingles)
    if _name_like(one.words[:start]):
        start = 0
    if end == last and one.words[-_SHINGLE:] == other.words[-_SHINGLE:]:
        end = len(one.words)  # otherwise the last figure may be cut in two
    if start == 0 and end == len(one.words):
        return one.runs
    return [run for run in one.runs if (run[0] > start or not start) and (run[0] < end + _SHINGLE)]


def _name_like(head: str) -> bool:
    """Return True if the words at the head are too few for a line, and name no source."""
    return len(head) <= _NAME and not _SOURCE.search(head)


def _words_differ(one: _Content, other: _Content) -> bool:
    """Return True if both texts have words of their own between shared ones.

    A single character may be mistyped; the same difference twice is a difference.
    """
    ours, theirs = _own(one, other), _own(other, one)
    mistyped: set[tuple[str, str]] = set()
    explained = set()
    for between in ours.keys() & theirs.keys():
        pairs = _replaced(ours[between], theirs[between])
        if any((a and b and max(len(a), len(b)) > 1) or (a, b) in mistyped for a, b in pairs):
            return True
        mistyped.update(pairs)
        explained.add(between)
    return all(
        any(len(words) > 1 and between not in explained for between, words in own.items()) for own in (ours, theirs)
    )


def _own(one: _Content, other: _Content) -> dict[tuple[str, str], str]:
    """Return (shingle before, shingle after) → the words between them that the other text lacks.

    Of the words at the head only those count that may be a name.
    """
    words = one.words
    shared = [i for i in range(len(words) - _SHINGLE + 1) if words[i : i + _SHINGLE] in other.shingles]
    own = {}
    if shared[0] and _name_like(words[: shared[0]]):
        own["", words[shared[0] : shared[0] + _SHINGLE]] = words[: shared[0]]
    for i, j in pairwise(shared):
        if j > i + _SHINGLE:
            own[words[i : i + _SHINGLE], words[j : j + _SHINGLE]] = words[i + _SHINGLE : j]
    return own


def _replaced(a: str, b: str) -> list[tuple[str, str]]:
    """Return the pairs (piece of a, piece of b) that differ. Differences at most two characters apart are one."""
    if len(a) == len(b):
        differ = [i for i in range(len(a)) if a[i] != b[i]]
        starts = [i for n, i in enumerate(differ) if n == 0 or i - differ[n - 1] > 2]
        ends = [i + 1 for n, i in enumerate(differ) if n + 1 == len(differ) or differ[n + 1] - i > 2]
        return [(a[i:j], b[i:j]) for i, j in zip(starts, ends, strict=True)]
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    return [(a, b)]


def duplicate_groups(articles: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return article id → the smallest id of its near-duplicate group.

    Every two articles of a group are one of `pairs`.
    """
    alike: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        alike[a].add(b)
        alike[b].add(a)
    group_of: dict[str, str] = {}
    members: dict[str, set[str]] = {}
    for article in sorted(set(articles)):
        near = sorted({group_of[other] for other in alike[article] if other in group_of})
        group = next((group for group in near if members[group] <= alike[article]), article)
        group_of[article] = group
        members.setdefault(group, set()).add(article)
    return group_of
