"""Which articles tell one story: copies of one text, whatever happened to it on its way here.

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

from index.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Measured on 23,480 broadcast articles (no copies, but a hundred thousand pairs of bulletins from one template) and on 500
# of them damaged in 25 ways. A copy cut by a third keeps a Jaccard of 0.67: 20 bands of 3 rows find 99.9 % of those, and
# unrelated articles (0.01) meet in 0.002 %.
_SHINGLE = 4
_BANDS = 20
_ROWS = 3
_FEWEST = 24  # words; fewer are a caption or a list, whose likeness says nothing
_SHARED = 0.8  # of the shorter text's shingles: one sign in twenty may be typed wrong
_LEAST = 0.55  # the shorter's share of the longer: a third cut away, and a line or two more
_AROUND = 4  # words beside a figure that say whose it is
_NAME = 6  # words at the head that may be a place or a person, and not a line of their own

CANDIDATES = 50  # of the texts that share a key those that share most; a daily bulletin shares some with all that came before

_FOREIGN = 3
_SOURCE = re.compile("[报社网台电讯]")
_UNSAID = re.compile(r"[\W_]+")
# Traditional signs of two readings, which converters write and folding keeps.
_VARIANTS = str.maketrans("瞭藉覆甦俱像座炼揹", "了借复苏具象坐链背")
# A run between the words: digits, Chinese numerals, or (_FOREIGN) whatever is not Chinese, such as pinyin left in and names.
_FIGURE = re.compile(r"(\d+)|([〇零一二三四五六七八九十百千万亿两]+)|([^\d\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")


@dataclass(frozen=True, slots=True)
class _Told:
    words: str  # what is said without the runs between
    shingles: frozenset[str]
    runs: tuple[tuple[int, int, str], ...]  # place in the words, kind, figure
    figures: dict[tuple[str, str, int], frozenset[str]]  # (words before, "", kind) and ("", words after, kind) → figures there


def said(running_text: str) -> str:
    """What a text says, whatever its script, signs and white space."""
    return _UNSAID.sub("", fold(running_text)).translate(_VARIANTS)


def bands(said: str) -> tuple[int, ...]:
    """Keys of a text, each a signed 64-bit number: near copies share one almost surely, equal texts all, others hardly ever.

    None for an empty text; one, shared by equals only, for a text of few Chinese words.
    """
    import numpy as np

    if not said:
        return ()
    words = _FIGURE.sub("", said)
    if len(words) < _FEWEST:
        return (_key(b"whole", said.encode("utf-8", "surrogatepass")),)
    points = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    hashes = np.zeros(len(points) - _SHINGLE + 1, dtype=np.uint64)
    for place in range(_SHINGLE):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + points[place : place + len(hashes)]
    hashes >>= np.uint64(32)
    least = np.full(_BANDS * _ROWS, np.iinfo(np.uint64).max, np.uint64)
    factors, terms = _permutations()
    for start in range(0, len(hashes), 4096):  # so many at once that a book needs no more memory than an article
        permuted = hashes[start : start + 4096, None] * factors + terms
        np.minimum(least, permuted.min(0), out=least)
    rows = (least >> np.uint64(32)).astype("<u4").reshape(_BANDS, _ROWS)
    return tuple(_key(b"%d" % band, row.tobytes()) for band, row in enumerate(rows))


@cache
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Factors (odd) and terms of as many hash functions x → factor · x + term modulo 2^64, of which the high bits count.

    MinHash (Broder 1997) with multiply-shift hashing (Dietzfelbinger and others 1997). Fixed for ever: keys are stored.
    """
    import numpy as np

    drawn = b"".join(hashlib.blake2b(b"%d" % number, digest_size=16).digest() for number in range(_BANDS * _ROWS))
    numbers = np.frombuffer(drawn, "<u8").astype(np.uint64).reshape(-1, 2)
    return numbers[:, 0] | np.uint64(1), numbers[:, 1]


def _key(kind: bytes, content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, person=kind).digest(), "little", signed=True)


def same_story(a: str, b: str) -> bool:
    """Whether two texts, as `said`, are copies of one: nearly the same words, and nothing that contradicts the other.

    A copy may have lost or gained lines, all figures, and single signs; it has no other figure or name in its place.
    """
    if a == b:
        return True
    one, other = _told(a), _told(b)
    if min(len(one.words), len(other.words)) < _FEWEST:
        return False
    few, many = sorted((len(one.shingles), len(other.shingles)))
    if few < _LEAST * many or len(one.shingles & other.shingles) < _SHARED * few:
        return False
    return not _figures_differ(one, other) and not _words_differ(one, other)


@lru_cache(maxsize=256)
def _told(said: str) -> _Told:
    pieces = []
    joined: dict[tuple[int, int], str] = {}  # what pinyin in its midst has parted is one numeral
    position, length = 0, 0
    for match in _FIGURE.finditer(said):
        pieces.append(said[position : match.start()])
        length += match.start() - position
        position = match.end()
        kind = match.lastindex or 0
        if kind < _FOREIGN or match[0].isascii():  # pinyin with tones is written in more than one way
            joined[length, kind] = joined.get((length, kind), "") + match[0]
    words = "".join([*pieces, said[position:]])
    runs = tuple((place, kind, run) for (place, kind), run in joined.items())
    shingles = frozenset(words[i : i + _SHINGLE] for i in range(len(words) - _SHINGLE + 1))
    return _Told(words, shingles, runs, _figures(words, runs))


def _figures(words: str, runs: Iterable[tuple[int, int, str]]) -> dict[tuple[str, str, int], frozenset[str]]:
    found = defaultdict(set)
    for place, kind, run in runs:
        found[words[max(0, place - _AROUND) : place], "", kind].add(run)
        if place < len(words):
            found["", words[place : place + _AROUND], kind].add(run)
    return {key: frozenset(figures) for key, figures in found.items()}


def _figures_differ(one: _Told, other: _Told) -> bool:
    """Whether both have figures of their own beside the same words; figures that only one has are no contradiction."""
    if not _contradict(one.figures, other.figures):
        return False
    # Perhaps it is only the date in a line above or below the text.
    ours, theirs = _inner(one, other), _inner(other, one)
    if len(ours) == len(one.runs) and len(theirs) == len(other.runs):
        return True
    return _contradict(_figures(one.words, ours), _figures(other.words, theirs))


def _contradict(ours: dict[tuple[str, str, int], frozenset[str]], theirs: dict[tuple[str, str, int], frozenset[str]]) -> bool:
    return any(ours[place] - theirs[place] and theirs[place] - ours[place] for place in ours.keys() & theirs.keys())


def _inner(one: _Told, other: _Told) -> Sequence[tuple[int, int, str]]:
    """The runs of one without those in or beside its own lines at the head and foot."""
    last = len(one.words) - _SHINGLE
    start = next(i for i in range(last + 1) if one.words[i : i + _SHINGLE] in other.shingles)
    end = next(i for i in range(last, -1, -1) if one.words[i : i + _SHINGLE] in other.shingles)
    if _name_like(one.words[:start]):
        start = 0
    if end == last and one.words[-_SHINGLE:] == other.words[-_SHINGLE:]:
        end = len(one.words)  # else the last figure may be cut in two
    if start == 0 and end == len(one.words):
        return one.runs
    return [run for run in one.runs if (run[0] > start or not start) and (run[0] < end + _SHINGLE)]


def _name_like(head: str) -> bool:
    """Whether words at the head are too few for a line, and name no source either."""
    return len(head) <= _NAME and not _SOURCE.search(head)


def _words_differ(one: _Told, other: _Told) -> bool:
    """Whether both have words of their own amid those they share; single signs may be errors of typing, unless repeated."""
    ours, theirs = _own(one, other), _own(other, one)
    typed: set[tuple[str, str]] = set()
    explained = set()
    for place in ours.keys() & theirs.keys():
        pairs = _replaced(ours[place], theirs[place])
        if any((a and b and max(len(a), len(b)) > 1) or (a, b) in typed for a, b in pairs):
            return True
        typed.update(pairs)
        explained.add(place)
    return all(any(len(words) > 1 and place not in explained for place, words in own.items()) for own in (ours, theirs))


def _own(one: _Told, other: _Told) -> dict[tuple[str, str], str]:
    """(shingle before, shingle after) → the words between them that are not the other's; at the head only what may be a name."""
    words = one.words
    places = [i for i in range(len(words) - _SHINGLE + 1) if words[i : i + _SHINGLE] in other.shingles]
    own = {}
    if places[0] and _name_like(words[: places[0]]):
        own["", words[places[0] : places[0] + _SHINGLE]] = words[: places[0]]
    for i, j in pairwise(places):
        if j > i + _SHINGLE:
            own[words[i : i + _SHINGLE], words[j : j + _SHINGLE]] = words[i + _SHINGLE : j]
    return own


def _replaced(a: str, b: str) -> list[tuple[str, str]]:
    """What stands in b for what in a; nearer than two equal signs, two differences are one."""
    if len(a) == len(b):
        differ = [i for i in range(len(a)) if a[i] != b[i]]
        starts = [i for n, i in enumerate(differ) if n == 0 or i - differ[n - 1] > 2]
        ends = [i + 1 for n, i in enumerate(differ) if n + 1 == len(differ) or differ[n + 1] - i > 2]
        return [(a[i:j], b[i:j]) for i, j in zip(starts, ends, strict=True)]
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    return [(a, b)]


def stories(articles: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Article id → the smallest id of its story. In a story every two articles are one of the `pairs`."""
    alike: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        alike[a].add(b)
        alike[b].add(a)
    told: dict[str, str] = {}
    members: dict[str, set[str]] = {}
    for article in sorted(set(articles)):
        near = sorted({told[other] for other in alike[article] if other in told})
        story = next((story for story in near if members[story] <= alike[article]), article)
        told[article] = story
        members.setdefault(story, set()).add(article)
    return told
