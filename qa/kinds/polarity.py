"""Answer yes or no, with the clause that says so.

Knows how yes or no is asked, the words that deny, and that a denied question turns the answer round. Does not guess:
a clause that does not speak of what is asked says neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span, offsets_without, spans_within, without_spans
from index.store.terms import pairs
from index.text.chunking import sentences
from index.text.folding import fold
from qa.answer import NOT_STATED, Answer, Evidence
from qa.kinds.ages import is_for, without_ages
from qa.kinds.asking import Answered
from qa.kinds.verdicts import REFUTED, UNCLEAR, verdict
from qa.periods import times_of_facts
from qa.question import REASON, Question, understand
from qa.search import Hit
from qa.slot_check import missing
from qa.slot_context import Context, Missing
from qa.slots import INDICATOR, Slots, slots_of, tagged

YES, NO = "yes", "no"
_ASKED = re.compile(r"吗$|了没有?$|(?:是不是|有没有|是否|能不能|会不会|可不可以|能否|要不要|可否|对不对|行不行)")
_MARKS = re.compile(
    r"(?:请问|是不是|有没有|是否|能不能|会不会|可不可以|能否|要不要|可否)|(?:了)?(?:吗|没有?)$|现在|目前|已经|还|了"
)
_OBJECT = re.compile(r"(?P<verb>不[一-鿿]{1,2})什么$")
_OPEN = re.compile(r"什么|谁|哪|多少|几[个家名]|怎么|为何|为什么")
_DENIED = re.compile(
    r"没有|没能|没(?=[^收落])|尚未|从未|未(?!来|必|知|成年)|不再|不(?!仅|断|少|同|久|到|过|论|管|但|锈|足|含)|"
    r"无缘|无法|无(?=[^论锡疑人线])|并非|取消|停止|禁止|拒绝|终止|难以"
)
_JOINED = re.compile(r"也|又|并且|而且|但是?|却")
_GOES_ON = re.compile(r"继续|仍|依然|照常|保持|一直")  # what a clause says that answers a denied question with no
_DENIED_BEFORE = re.compile(r"(?:没有|没能|未能|尚未|从未|未|不再|无)(?:人员|人|出现|发生|造成|任何)?$")
_CODE = re.compile(r"[a-z]+\d+|\d+[a-z]+")
_EMPTY = {"u", "w", "c", "p", "xc", "TIME"}  # tags of words that tell nothing
_LEAST = 0.5  # the share of the question's words around the clause
_SURE_SHARE = 0.7
_SURE, _LIKELY = 0.85, 0.65


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause of a hit's sentence, folded, and where it stands."""

    hit: Hit
    folded: str
    sentence: str
    before: tuple[str, ...]
    place: Evidence


def is_yes_no(folded: str) -> bool:
    """Whether a folded question asks for yes or no.

    >>> is_yes_no("大桥通车了吗?")
    True
    """
    bare = folded.rstrip(" ?!。")
    return bool(_ASKED.search(bare)) and not _OPEN.search(bare)


def is_denied(folded: str, key: str = "") -> bool:
    """Whether a folded clause denies what it speaks of; a twofold denial does not.

    `key`: only the part of the clause that holds this word counts: 既不限户籍也不设收入线 denies each once.
    """
    parts = _JOINED.split(folded)
    part = next((each for each in parts if key and _holds(key, each)), folded)
    return len(_DENIED.findall(part)) % 2 == 1


def answer_yes_no(question: Question, hits: Sequence[Hit]) -> Answered | None:
    """Answer yes or no from the clause of the first hits that speaks of it; None if none does."""
    if not is_yes_no(question.folded):
        return None
    statement = without_ages(_statement(question.folded))
    bare = without_ages(question.folded)  # the ages are compared, not looked for: 5岁 is among 6周岁以下
    slots = slots_of(question if bare == question.folded else understand(bare, question.words))
    asked = [word for word, tag in tagged("".join(statement.split())) if len(word) > 1 and tag not in _EMPTY]
    if not asked:
        return None
    key = _key(statement)
    best: tuple[float, _Clause] | None = None
    for clause in _clauses(hits):
        score = _score(asked, key, slots, clause) if is_for(question.folded, clause.folded) else 0.0
        if score and (best is None or score > best[0]):
            best = (score, clause)
    if best is None:
        return None
    score, clause = best
    place = clause.place
    denied = is_denied(clause.folded, key) != is_denied(statement, key)
    judged = verdict("".join(statement.split()), clause.folded)
    if (
        judged == UNCLEAR and not denied and not _GOES_ON.search(clause.folded)
    ):  # a plan is no fact, and what another is says nothing of this one
        unmet = (Missing(INDICATOR, key, ""),)
        return Answered(Answer("", "", 0.0, NOT_STATED, None, missing=unmet, nearest=place), tuple(hits))
    if judged == REFUTED and not is_denied(clause.folded, key):
        denied = True
    text = clause.hit.stored.passage.text
    return Answered(
        Answer(
            text[place.span.start : place.span.end],
            text[place.sentence.start : place.sentence.end],
            _SURE if score >= _SURE_SHARE else _LIKELY,
            "",
            place,
            kind="yes_no",
            polarity=NO if denied else YES,
        ),
        tuple(hits),
    )


def denied_premise(question: Question, answer: Answer) -> str:
    """Return the verb that a question takes for true and the answer's sentence denies, "" if there is none.

    When did the mill pass the test?: 没有通过验收 holds no day of it.
    """
    if question.wants == REASON or not answer.sentence or is_denied(question.folded):
        return ""
    sentence = fold(answer.sentence)
    verbs = [word for word, tag in tagged(question.folded) if tag in ("v", "vn", "p") and len(word) > 1]
    return next((verb for verb in verbs if _only_denied(verb, sentence)), "")


def _only_denied(verb: str, sentence: str) -> bool:
    """Whether each place of a verb in a sentence is denied just before it: 没有人员死亡."""
    places = [match.start() for match in re.finditer(re.escape(verb), sentence)]
    return bool(places) and all(_DENIED_BEFORE.search(sentence[:place]) for place in places)


def answer_denied_object(question: Question, hits: Sequence[Hit]) -> Answered | None:
    """Answer what is not done (不限什么): the object of the same denied verb in the first hits; None if none has it."""
    asked = _OBJECT.search(question.folded.rstrip(" ?!。"))
    if asked is None:
        return None
    slots = slots_of(question)
    for clause in _clauses(hits):
        article = clause.hit.stored.article
        match = re.search(rf"{asked['verb']}(?P<object>[^,。;也又且和、]{{1,14}})", clause.folded)
        context = Context("", clause.sentence, clause.before, fold(article.title), article.date)
        if match is None or missing(slots, context):
            continue
        text, place = clause.hit.stored.passage.text, clause.place
        if place.span.end - place.span.start != len(clause.folded):
            continue  # damage inside: offsets are not those of the folded clause
        span = Span(place.span.start + match.start("object"), place.span.start + match.end("object"))
        sentence = text[place.sentence.start : place.sentence.end]
        evidence = Evidence(place.passage, place.sentence, span)
        answer = Answer(text[span.start : span.end], sentence, _SURE, "", evidence, kind="text")
        return Answered(answer, tuple(hits))
    return None


def _statement(folded: str) -> str:
    """The words of a question as a statement, without its times and the marks of a question."""
    bare = re.sub(r"([一-鿿])不\1", r"\1", folded.rstrip(" ?!。"))  # 收不收
    for time in reversed(times_of_facts(bare, "")):
        bare = bare[: time.start] + " " * (time.end - time.start) + bare[time.end :]
    return re.sub(r"^\s*(?:截至|截止|到)\s", " ", _MARKS.sub(" ", bare))


def _key(statement: str) -> str:
    """The last word of a statement, which the clause must hold: 决赛 in 进入决赛."""
    words = [word for word, _ in tagged("".join(statement.split()))]
    return words[-1] if words and len(words[-1]) > 1 else "".join(words[-2:])


def _holds(word: str, text: str) -> bool:
    """Whether a text holds a word or, of a longer one, two neighbouring signs; 半决赛 is no 决赛."""
    return any(re.search(rf"(?<![半准预]){re.escape(pair)}", text) for pair in pairs(word))


def _clauses(hits: Sequence[Hit]) -> Iterator[_Clause]:
    for hit in hits:
        passage = hit.stored.passage
        before: tuple[str, ...] = ()
        for span in sentences(passage.text, passage.removed):
            inner = spans_within(passage.removed, span)
            written = passage.text[span.start : span.end]
            folded = fold(without_spans(written, inner))
            offsets = offsets_without(len(written), inner)
            for match in re.finditer(r"[^,，;；:。!?]+", folded):
                start, end = match.span()
                while start < end and folded[start].isspace():
                    start += 1
                if end - start > 1:
                    place = Span(span.start + offsets[start], span.start + offsets[end - 1] + 1)
                    yield _Clause(hit, folded[start:end], folded, before, Evidence(hit.rank, span, place))
            before = (*before, folded)


def _score(asked: Sequence[str], key: str, slots: Slots, clause: _Clause) -> float:
    """How much a clause speaks of what is asked; 0 if it is of something else."""
    if not key or not _holds(key, clause.folded):
        return 0.0
    article = clause.hit.stored.article
    whole = "\n".join((fold(article.title), *clause.before[-2:], clause.sentence))
    around = sum(_holds(word, whole) for word in asked) / len(asked)
    own = sum(_holds(word, clause.folded) for word in asked) / len(asked)
    codes = _CODE.findall(slots.text)
    if around < _LEAST or not _holds(asked[0], whole) or any(code not in clause.sentence for code in codes):
        return 0.0
    context = Context(clause.folded, clause.sentence, clause.before, fold(article.title), article.date)
    if missing(slots, context):
        return 0.0
    if is_denied(_statement(slots.text), key) and not (is_denied(clause.folded, key) or _GOES_ON.search(clause.folded)):
        return 0.0
    # Of two clauses of one sentence, the one that names the subject itself.
    elsewhere = any(name in clause.sentence and name not in clause.folded for name in slots.names)
    subject = asked[0] in clause.sentence
    return 0.5 * around + 0.3 * own + 0.2 * subject - 0.1 * elsewhere
