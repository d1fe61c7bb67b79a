"""Answer several questions in one, each by itself: where and when, of A and of B.

Knows where one question ends and the next begins, and what the second takes from the first. Does not know how one
question is answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qa.answer import Answer
from qa.followup import resolve
from qa.kinds.asking import Answered, Asking, HitList
from qa.kinds.parts import MOST_PARTS, ORDINAL, joined, too_many
from qa.kinds.polarity import answer_denied_object
from qa.question import NUMBER, Question, asking, understand
from qa.slot_context import Missing
from qa.slots import SUBJECT, tagged

_EACH = re.compile(r"(?:分别|各自|各)(?=.*(?:多少|几|什么|何|哪|谁|多[大长高远]))")
_TWO_TIMES = re.compile(
    r"(?P<first>(?:19|20)\d\d年(?:\d{1,2}月)?)(?:和|与|、)(?P<second>(?:(?:19|20)\d\d年)?(?:\d{1,2}月)?)(?<=[年月])"
)
_TWO_ORDINALS = re.compile(rf"(?P<first>{ORDINAL})(?:和|与|、)(?P<second>{ORDINAL})")
_CUT = re.compile(r"[,;、?]\s*")
_HITS = 6
_TIME_AND_SUBJECT = re.compile(r"^(?P<time>(?:截至|到)?(?:19|20)\d\d年(?:\d{1,2}月)?(?:末|底|初)?)")


@dataclass(frozen=True, slots=True)
class _One:
    """One of several questions."""

    name: str  # what it asks of, as it is shown where nothing answers it
    question: str


def split_questions(folded: str) -> list[_One]:
    """Return the questions that a folded question joins, each complete; [] if it is one.

    >>> [each.question for each in split_questions("云岫大桥有多长,哪年通车?")]
    ['云岫大桥有多长', '云岫大桥哪年通车?']
    """
    bare = folded.rstrip(" ?!。")
    if match := _EACH.search(bare):
        head, tail = bare[: match.start()], bare[match.end() :]
        if pair := _TWO_TIMES.search(head) or _TWO_ORDINALS.search(head):
            return [
                _One(pair[each], head[: pair.start()] + pair[each] + head[pair.end() :] + tail)
                for each in ("first", "second")
            ]
        names, before, after = joined(head)
        return [_One(name, f"{before}{name}{after}{tail}") for name in names] if len(names) > 1 else []
    pieces = _CUT.split(bare)
    if len(pieces) < 2 or not all(_is_question(piece) for piece in pieces):
        return []
    first = pieces[0]
    return [_One(first, first), *(_One(piece, _completed(piece, first)) for piece in pieces[1:])]


def _is_question(piece: str) -> bool:
    return len(piece) > 2 and asking(piece) != piece


def _completed(piece: str, first: str) -> str:
    """A later question with what it takes from the first: the subject and the time."""
    resolved = resolve(piece, first)
    if resolved != piece:
        return resolved
    time = _TIME_AND_SUBJECT.match(first)
    rest = first[time.end() if time else 0 :]
    head = re.split(r"在|是|有|计划|预计|排名|设计|哪|什么|多少|几|不", rest, maxsplit=1)[0].rstrip("的")
    words = [word for word, _ in tagged(head)]
    own = next((word for word, _ in tagged(piece)), "")
    if len(words) > 1 and own and words[-1][-1] == own[-1]:  # 决赛 takes the place of 预赛
        head = head.removesuffix(words[-1])
    return (
        f"{time['time'] if time else ''}{head}{piece}" if 2 <= len(head) < len(first) and head not in piece else piece
    )


def answer_several(question: Question, asking_: Asking) -> Answered | None:
    """Answer each of several questions; None if the question is one, or none of them has an answer."""
    ones = split_questions(question.folded)
    if len(ones) < 2:
        return None
    if len(ones) > MOST_PARTS:
        return Answered(too_many(len(ones)), tuple(asking_.find(question.text, asking_.k, asking_.filters)))
    listed = HitList()
    answers: list[tuple[_One, Answer]] = []
    for one in ones:
        hits = asking_.find(one.question, _HITS, asking_.filters)
        understood = understand(one.question, question.words)
        denied = answer_denied_object(understood, hits)
        answer = denied.answer if denied else asking_.answer(understood, hits)
        if answer.evidence is not None:
            answer = replace(answer, evidence=listed.moved(answer.evidence, hits), others=())
        answers.append((one, answer))
    stated = [answer for _, answer in answers if answer.evidence]
    if not stated:
        return None
    for hit in asking_.find(question.text, asking_.k, asking_.filters):
        listed.rank(hit)
    items = tuple(listed.item(answer.evidence) for answer in stated if answer.evidence)
    first = stated[0]
    absent = tuple(Missing(SUBJECT, one.name, "") for one, answer in answers if not answer.evidence)
    least = min(answer.confidence for answer in stated)
    last = max(each.passage for each in items)
    whole = replace(
        first, confidence=least, items=items, missing=absent, disagree=False, other_times=False, kind=_kind(question)
    )
    return Answered(whole, listed.hits[: max(asking_.k, last)])


def _kind(question: Question) -> str:
    return "figure" if question.wants == NUMBER else "list"
