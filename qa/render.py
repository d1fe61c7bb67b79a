"""Hits and answers as a person or a program reads them: terminal text, HTML, JSON.

Knows all words shown to people. Does not decide anything. Nothing is drawn as a quotation unless it stands so in the
original.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.records import Article, Span, harmless, one_line, shown_path
from index.terms import terms
from qa.answer import DIGITS_MISSING, LOW_CONFIDENCE, NO_MATCH, Answer, Evidence
from qa.question import Question
from qa.search import Hit
from qa.suggest import Suggestion

if TYPE_CHECKING:
    from qa.generate import Generated, Said

_REASONS = {
    NO_MATCH: "资料库里没有与此相关的内容。",
    LOW_CONFIDENCE: "资料库里没有能确定回答这个问题的句子；下面是最接近的段落。",
    DIGITS_MISSING: "原文在这里丢失了数字，无法回答“多少”；下面是那段原文。",
}
_COPIES = 5  # named one by one; JSON names all
_ANSWER, _SENTENCE, _DIM, _BOLD, _PLAIN = "\x1b[1;30;103m", "\x1b[4m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything said to one question."""

    question: Question
    answer: Answer
    hits: tuple[Hit, ...]
    generation: int
    milliseconds: float
    asked: str = ""  # the words of a question that leaned on the one before it; `question` is what they were taken to mean
    generated: Generated | None = None
    suggestion: Suggestion | None = None


def _escaped(text: str) -> str:
    import html  # a terminal needs none

    return html.escape(text)


def _verified(hit: Hit) -> str:
    """The passage's text, checked against the original it claims to be of."""
    passage, article = hit.found.passage, hit.found.article
    assert article.text[passage.start : passage.end] == passage.text, f"{article.id}: passage {passage.id} is not in its article"
    return passage.text


def _evidence(reply: Reply) -> tuple[Span, Span] | None:
    """Sentence and answer in their passage, checked against what is shown as such."""
    evidence, answer = reply.answer.evidence, reply.answer
    if evidence is None:
        return None
    text = _verified(reply.hits[evidence.passage - 1])
    assert text[evidence.span.start : evidence.span.end] == answer.text
    assert text[evidence.sentence.start : evidence.sentence.end] == answer.sentence
    return evidence.sentence, evidence.span


def _sources(reply: Reply) -> list[tuple[Hit, Evidence]]:
    """Where other articles answer the question, with the answer itself, the newest first; empty if none does."""
    evidence, others = reply.answer.evidence, reply.answer.others
    if evidence is None or not others:
        return []
    named = [(reply.hits[each.passage - 1], each) for each in (evidence, *others)]
    for hit, each in named:
        sentence, span = each.sentence, each.span
        assert 0 <= sentence.start <= span.start < span.end <= sentence.end <= len(_verified(hit))
    return sorted(named, key=lambda pair: pair[0].found.article.date, reverse=True)


def as_json(reply: Reply, *, explain: bool = False) -> dict[str, object]:
    """The documented JSON of one answer, see the README."""
    answer, place = reply.answer, _evidence(reply)
    evidence = answer.evidence
    citations = [{"passage": evidence.passage, "start": place[1].start, "end": place[1].end}] if evidence and place else []
    passages = []
    for hit in reply.hits:
        article, passage = hit.found.article, hit.found.passage
        entry: dict[str, object] = {
            "rank": hit.rank,
            "score": round(hit.score, 4),
            "bm25": round(hit.bm25, 3),
            "cosine": round(hit.cosine, 4),
            "article": {
                "id": article.id,
                "title": article.title,
                "date": article.date or None,
                "source": article.source or None,
                "path": shown_path(article.path),
                "copies": len(hit.copies),
                "same_story": [
                    {"id": copy.id, "title": copy.title, "date": copy.date or None, "source": copy.source or None, "path": shown_path(copy.path)}
                    for copy in hit.copies
                ],
            },
            "text": _verified(hit),
            "start": passage.start,
            "end": passage.end,
        }
        if explain:
            entry["matched"] = matched_terms(reply.question, hit)
        passages.append(entry)
    silent = answer.abstained
    return {
        "question": reply.asked or reply.question.text,
        "understood": reply.question.text if reply.asked else None,
        "suggestion": reply.suggestion.question if reply.suggestion else None,
        "answer": {
            "text": None if silent else answer.text,
            "sentence": None if silent else answer.sentence,
            "confidence": answer.confidence,
            "abstained": silent,
            "reason": answer.reason or None,
            "citations": citations,
            "sources": [
                {
                    "passage": each.passage,
                    "date": hit.found.article.date or None,
                    "text": hit.found.passage.text[each.span.start : each.span.end],
                    "sentence": hit.found.passage.text[each.sentence.start : each.sentence.end],
                    "start": each.span.start,
                    "end": each.span.end,
                }
                for hit, each in _sources(reply)
            ],
            "disagree": answer.disagree,
            "relative": [{"text": word, "means": meaning} for word, meaning in answer.relative],
            "generated": _generated(reply.generated),
        },
        "passages": passages,
        "generation": reply.generation,
        "ms": round(reply.milliseconds, 1),
    }


def _generated(generated: Generated | None) -> dict[str, object] | None:
    if generated is None:
        return None
    return {
        "text": "".join(said.text for said in generated.sentences) or None,
        "sentences": [{"text": said.text, "passages": list(said.passages)} for said in generated.sentences],
        "struck": generated.struck,
        "problem": generated.problem or None,
    }


def said_text(said: Said) -> str:
    """A sentence of a language model on one line, with what it cites."""
    return f"模型：{one_line(said.text)} {''.join(f'[{number}]' for number in said.passages)}"


def matched_terms(question: Question, hit: Hit) -> list[str]:
    """The question's terms that the passage or its title holds, in the question's order, pairs and words before characters."""
    held = set(terms(hit.found.passage.readable)) | set(terms(hit.found.article.title))
    found = [term for term in dict.fromkeys(terms(question.content)) if term in held]
    pairs = [term for term in found if len(term) > 1]
    return pairs or found


def as_text(reply: Reply, *, colour: bool, explain: bool = False) -> str:
    """The answer for a terminal, answer first, then the passages."""
    lines = []
    answer, place = reply.answer, _evidence(reply)
    if reply.asked:
        lines.append(_paint(_understood(reply), _DIM, colour))
    if reply.suggestion:
        lines.append(_paint(_suggested(reply.suggestion), _DIM, colour))
    if reply.generated and reply.generated.struck and reply.generated.sentences:
        lines.append(_struck(reply.generated))
    if answer.evidence is None or place is None:
        lines += [_paint(f"没有答案：{_silence(reply)}", _BOLD, colour), ""]
    else:
        hit = reply.hits[answer.evidence.passage - 1]
        sentence, span = place
        lines.append(_paint(one_line(answer.text), _BOLD, colour) + f"    {_sureness(answer.confidence)}")
        lines.append("  " + _marked(hit, sentence, [(span, _ANSWER, "【", "】")], colour))
        lines.append(f"  —— [{hit.rank}] " + _origin(hit.found.article, len(hit.copies)))
        lines += [f"  {note}" for note in _relative(answer)]
        if sources := _sources(reply):
            lines.append(f"  {_side_by_side(answer)}")
            for other, each in sources:
                said = one_line(other.found.passage.text[each.span.start : each.span.end])
                lines.append(f"    {other.found.article.date or '日期不详'}  {said}  —— [{other.rank}] {_named(other.found.article)}")
        lines.append("")
    for hit in reply.hits:
        article = hit.found.article
        lines.append(f"[{hit.rank}] {_origin(article, len(hit.copies))}")
        marks = []
        if place and answer.evidence and answer.evidence.passage == hit.rank:
            marks = [(place[0], _SENTENCE, "", "")]
        lines.append("    " + _marked(hit, Span(0, len(hit.found.passage.text)), marks, colour))
        lines += [f"    同稿：{copy}" for copy in _copies(hit)]
        if explain:
            shared = " ".join(matched_terms(reply.question, hit))
            lines.append(f"    得分 {hit.score:.3f}（BM25 {hit.bm25:.2f}，余弦 {hit.cosine:.3f}）；相同的词：{shared}")
        lines.append("")
    return "\n".join(lines)


def _silence(reply: Reply) -> str:
    return _REASONS[reply.answer.reason] if reply.hits else "没有可查的段落：资料库是空的，或没有文章符合筛选条件。"


def _understood(reply: Reply) -> str:
    return f"（理解为：{reply.question.text}）"


def _suggested(suggestion: Suggestion) -> str:
    return f"资料库里没有“{suggestion.wrong}”，有“{suggestion.right}”。要问的是“{suggestion.question}”吗？"


def _struck(generated: Generated) -> str:
    return f"（模型另有 {generated.struck} 句在所引段落里核实不了，已略去。）"


def _relative(answer: Answer) -> list[str]:
    """What the times in the sentence mean: an article's 去年 is not the reader's."""
    meant = "，".join(f"“{word}”即{meaning}" if not meaning.startswith("到") else f"“{word}”{meaning}" for word, meaning in answer.relative)
    return [f"文中{meant}。"] if meant else []


def _side_by_side(answer: Answer) -> str:
    if answer.disagree:
        return "各篇说法不一，新的在前："
    return "各篇所说的年份不同，新的在前：" if answer.other_times else "其他文章说法一致，新的在前："


def _named(article: Article) -> str:
    return f"《{one_line(article.title)}》" if article.title else one_line(shown_path(article.path))


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text


def _sureness(confidence: float) -> str:
    word = "很有把握" if confidence >= 0.9 else "较有把握" if confidence >= 0.7 else "把握不大"
    return f"（{word}，{confidence:.2f}）"


def _origin(article: Article, copies: int) -> str:
    title = one_line(article.title)
    parts = [f"《{title}》" if title else "", article.date or "日期不详", one_line(article.source), one_line(shown_path(article.path))]
    if copies:
        parts.append(f"同稿另有 {copies} 篇")
    return "  ".join(part for part in parts if part)


def _copies(hit: Hit) -> list[str]:
    """The other articles that tell the story of a hit, a line each; of many the first and how many more."""
    named = ["  ".join(part for part in (one_line(copy.source), copy.date, one_line(shown_path(copy.path))) if part) for copy in hit.copies[:_COPIES]]
    return [*named, f"等 {len(hit.copies)} 篇"] if len(hit.copies) > _COPIES else named


def _marked(hit: Hit, whole: Span, marks: Sequence[tuple[Span, str, str, str]], colour: bool) -> str:
    """A piece of a passage on one line: damage dimmed, each mark in its colour, or between its signs without colours."""
    text = _verified(hit)
    codes = [""] * len(text)
    for span in hit.found.passage.removed:
        codes[span.start : span.end] = [_DIM] * (span.end - span.start)
    opening, closing = {}, {}
    for span, code, left, right in marks:
        for i in range(span.start, span.end):
            codes[i] = code + codes[i]
        opening[span.start], closing[span.end] = left, right
    out, current = [], ""
    for i in range(whole.start, whole.end):
        if not colour:
            out += [closing.get(i, ""), opening.get(i, "")]
        elif codes[i] != current:
            out.append((_PLAIN if current else "") + codes[i])
            current = codes[i]
        if not (text[i].isspace() and codes[i].endswith(_DIM)):  # the end of a broken line is not drawn
            out.append(harmless(text[i]))
    out.append(closing.get(whole.end, "") if not colour else _PLAIN if current else "")
    return " ".join("".join(out).split())


def as_html(reply: Reply) -> str:
    """The answer and its passages as an HTML fragment; whatever comes from an article is escaped."""
    answer, place = reply.answer, _evidence(reply)
    note = f'<p class="zw-note">{_escaped(_understood(reply))}</p>' if reply.asked else ""
    note += f'<p class="zw-note">{_escaped(_suggested(reply.suggestion))}</p>' if reply.suggestion else ""
    if answer.evidence is None or place is None:
        head = f'<div class="zw-silent"><b>没有答案</b>　{_escaped(_silence(reply))}</div>'
    else:
        hit = reply.hits[answer.evidence.passage - 1]
        sentence, span = place
        head = (
            f'<div class="zw-answer"><span class="zw-text">{_escaped(one_line(answer.text))}</span>'
            f' <span class="zw-sure">{_sureness(answer.confidence)}</span>'
            f"<blockquote>{_html_marked(hit, sentence, None, span)}</blockquote>"
            f"<cite>[{hit.rank}] {_escaped(_origin(hit.found.article, len(hit.copies)))}</cite>"
            + "".join(f'<p class="zw-note">{_escaped(each)}</p>' for each in _relative(answer))
            + _html_sources(reply)
            + "</div>"
        )
    shown = answer.evidence.passage if answer.evidence else 1  # the passage that is open: where the answer stands
    cards = []
    for hit in reply.hits:
        own = place if place and answer.evidence and answer.evidence.passage == hit.rank else None
        body = _html_marked(hit, Span(0, len(hit.found.passage.text)), own[0] if own else None, own[1] if own else None)
        same = "".join(f'<p class="zw-copy">同稿：{_escaped(copy)}</p>' for copy in _copies(hit))
        cards.append(
            f'<details class="zw-passage"{" open" if hit.rank == shown else ""}>'
            f"<summary>[{hit.rank}] {_escaped(_origin(hit.found.article, len(hit.copies)))}</summary><p>{body}</p>{same}</details>"
        )
    return f'<div class="zw">{note}{_html_generated(reply.generated)}{head}{"".join(cards)}</div>'


def _html_sources(reply: Reply) -> str:
    rows = [
        f"<tr><td>{hit.found.article.date or '日期不详'}</td>"
        f"<td><b>{_escaped(one_line(hit.found.passage.text[each.span.start : each.span.end]))}</b></td>"
        f"<td>[{hit.rank}] {_escaped(_named(hit.found.article))}</td></tr>"
        for hit, each in _sources(reply)
    ]
    if not rows:
        return ""
    warned = " zw-differ" if reply.answer.disagree else ""
    return f'<div class="zw-sources{warned}"><p>{_side_by_side(reply.answer)}</p><table>{"".join(rows)}</table></div>'


def _html_generated(generated: Generated | None) -> str:
    if generated is None:
        return ""
    if generated.problem:
        return f'<p class="zw-note">语言模型没有帮上忙：{_escaped(generated.problem)}；以原文里的答案为准。</p>'
    said = "".join(f"{_escaped(one_line(each.text))}<sup>{''.join(f'[{number}]' for number in each.passages)}</sup>" for each in generated.sentences)
    struck = f'<p class="zw-note">{_struck(generated)}</p>' if generated.struck else ""
    return f'<div class="zw-generated">{said}</div>{struck}' if said else ""


def _html_marked(hit: Hit, whole: Span, sentence: Span | None, span: Span | None) -> str:
    text = _verified(hit)
    kinds: list[str] = []
    for i in range(whole.start, whole.end):
        names = [name for name, place in (("zw-sentence", sentence), ("zw-span", span)) if place and place.start <= i < place.end]
        if any(r.start <= i < r.end for r in hit.found.passage.removed):
            names.append("zw-damage")
        kinds.append(" ".join(names))
    out, begun = [], 0
    for i in range(1, len(kinds) + 1):
        if i == len(kinds) or kinds[i] != kinds[begun]:
            shown = text[whole.start + begun : whole.start + i]
            if "zw-damage" in kinds[begun]:
                shown = "".join(shown.split())  # the end of a broken line is not drawn
            piece = _escaped(harmless(shown)).replace("\n", "<br>")
            out.append(f'<span class="{kinds[begun]}">{piece}</span>' if kinds[begun] else piece)
            begun = i
    return "".join(out)
