"""Makes questions with passages that answer them and some that do not, for the two readers and training/forest.py.

Knows CMRC 2018 train (questions people wrote) and the training texts, from whose sentences it makes questions of its
own: a figure, a date or a name becomes the question that asks for it. Does not know the networks, and does not read the
evaluation sets.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import jieba
import jieba.posseg
import numpy as np
import torch

from index.embedding.static import bundled_model
from index.records import Article
from index.store.terms import terms
from index.text.chunking import passages, sentences
from index.text.cleaning import clean
from index.text.folding import fold
from qa.evaluate import read_rows
from qa.reader import ASKED, TITLE, Text
from training.texts import training_texts

_SEED = 20261122


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages that answer it with the places of the answer, and some that do not."""

    question: Text
    right: tuple[tuple[Text, tuple[tuple[int, int], ...]], ...]
    wrong: tuple[Text, ...]
    answers: tuple[str, ...]
    article: str


def _text(title: str, parts: Sequence[str]) -> Text:
    segments = [title[:TITLE] + "\n", *parts]
    return Text.of(segments, bundled_model().words(segments))


def _chunks(title: str, text: str) -> list[list[str]]:
    """The sentences of each passage of an article, folded, as the product makes them."""
    article = Article("", "", text, "utf-8", title=title)
    return [
        [fold(p.text[s.start : s.end]) for s in sentences(p.text)] for p in passages(article, clean(text, title=title))
    ]


def cmrc(data: Path) -> list[Example]:
    """The questions of CMRC 2018 train whose answer stands in a passage, each with six near wrong passages."""
    rows, articles = read_rows(data / "cmrc2018_train.jsonl")
    chunks: list[tuple[str, str, list[str]]] = []  # (article, title, sentences)
    of: dict[str, list[int]] = defaultdict(list)
    for key, title, text in articles:
        for parts in _chunks(title, text):
            of[key].append(len(chunks))
            chunks.append((key, fold(title), parts))
    holders: dict[str, list[int]] = defaultdict(list)
    for i, (_, _, parts) in enumerate(chunks):
        for term in set(terms("".join(parts))):
            holders[term].append(i)
    texts = [_text(title, parts) for _, title, parts in chunks]
    found = []
    for row in rows:
        question = fold(row.question)[:ASKED]
        answers = tuple(fold(answer) for answer in row.accepted_answers)
        right = [
            (texts[i], places) for i in of[row.article_name] if (places := _places(chunks[i][2], texts[i], answers))
        ]
        near: Counter[int] = Counter()
        for term in set(terms(question)):
            if 0 < len(holders[term]) < len(chunks) / 20:
                near.update(dict.fromkeys(holders[term], np.log(len(chunks) / len(holders[term]))))
        wrong = [i for i, _ in near.most_common(12) if not _places(chunks[i][2], texts[i], answers)]
        own = [i for i in of[row.article_name] if not _places(chunks[i][2], texts[i], answers)]
        chosen = [texts[i] for i in dict.fromkeys([*wrong[:5], *own[:3]])]
        if right and chosen:
            found.append(
                Example(
                    Text.of([question], bundled_model().words([question])),
                    tuple(right),
                    tuple(chosen),
                    answers,
                    row.article_name,
                )
            )
    return found


def _places(parts: Sequence[str], text: Text, answers: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where answers stand in the sentences of a text: (first, last) characters."""
    begins = text.segments[1:].tolist()
    found = {
        (begin + match.start(), begin + match.end() - 1)
        for begin, part in zip(begins, parts, strict=True)
        for answer in answers
        for match in re.finditer(re.escape(answer), part)
    }
    return tuple(sorted(found))


_FIGURE = re.compile(
    r"(?<![\d.])\d[\d,]*(?:\.\d+)?(?P<scale>万亿|亿|万|千|百)?[多余]?(?P<unit>个百分点|平方公里|平方米|立方米|公里|公顷|公斤|万元|"
    r"[吨亩米元克人名位户家所个项件台套座辆条种类次场届本部篇片只头棵岁倍成层栋幢间处支枚颗张份笔批起例天%])(?:以上|以下|左右|以内)?"
)
_DAY = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|(?<!\d)\d{1,2}月\d{1,2}日")
_WORK = re.compile(r"《[^《》]{2,20}》|“[^“”]{2,15}”")
_NAMES = {
    "nr": ("谁", "哪位", "什么人"),
    "ns": ("哪里", "什么地方", "哪个地方", "何处"),
    "nt": ("哪家公司", "哪个单位", "什么机构", "哪个部门", "谁"),
    "nz": ("什么", "哪一个"),
}
_WHEN = ("什么时候", "何时", "哪一年", "什么时间", "哪天")


def _likely(parts: Sequence[str], rng: np.random.Generator) -> tuple[int, int, int, str] | None:
    """(sentence, start, end, question word) of something worth asking for, None if there is nothing."""
    order = [i for i in rng.permutation(len(parts)) if 14 <= len(parts[i]) <= 160]
    for i in order[:3]:
        sentence = parts[i]
        found = []
        for match in _FIGURE.finditer(sentence):
            unit = (match["scale"] or "") + match["unit"] if rng.random() < 0.5 else match["unit"]
            word = {"%": "多少"}.get(match["unit"], ("几" if rng.random() < 0.15 else "多少") + unit)
            found += [(*match.span(), word if rng.random() < 0.7 else "多少")] * 2
        found += [(*m.span(), str(rng.choice(_WHEN))) for m in _DAY.finditer(sentence)]
        found += [(*m.span(), "什么") for m in _WORK.finditer(sentence)]
        if not found or rng.random() < 0.6:
            place = 0
            for token in jieba.posseg.cut(sentence):
                asked = _NAMES.get(token.flag)
                if asked and len(token.word) > 1:
                    found.append((place, place + len(token.word), str(rng.choice(asked))))
                elif token.flag == "n" and len(token.word) > 2 and rng.random() < 0.2:
                    found.append((place, place + len(token.word), "什么"))
                place += len(token.word)
        if found:
            start, end, word = found[rng.integers(len(found))]
            return int(i), start, end, word
    return None


def _ask(
    title: str,
    sentence: str,
    start: int,
    end: int,
    word: str,
    likes: dict[str, tuple[str, ...]],
    rng: np.random.Generator,
) -> str:
    """Ask for a piece of a sentence: its clause, shortened, some words replaced by like ones, behind the subject."""
    left = max(sentence.rfind(mark, 0, start) for mark in ",，、;；:：。\n") + 1
    marks = [p for mark in ",，;；。\n" if (p := sentence.find(mark, end)) >= 0]
    right = min(marks, default=len(sentence))
    before = [w.word for w in jieba.posseg.cut(sentence[left:start])]
    after = [w.word for w in jieba.posseg.cut(sentence[end:right].rstrip("。!?"))]
    head: list[str] = []
    if left:
        head = [w.word for w in jieba.posseg.cut(sentence[:left])][: int(rng.integers(1, 6))]
    elif title and rng.random() < 0.6:
        whole = [w.word for w in jieba.posseg.cut(title)]
        at = int(rng.integers(max(1, len(whole) - 2)))
        head = whole[at : at + int(rng.integers(1, 4))]
    drop, swap = rng.uniform(0.0, 0.35), rng.uniform(0.0, 0.25)

    def changed(words: Sequence[str]) -> list[str]:
        kept = []
        for w in words:
            if rng.random() < drop or not any(c.isalnum() for c in w):
                continue
            others = likes.get(w, ())
            kept.append(str(rng.choice(others)) if others and rng.random() < swap else w)
        return kept

    head, before, after = changed(head), changed(before), changed(after) if rng.random() < 0.6 else []
    style = rng.random()
    if style < 0.15 and word.startswith(("多", "几")):
        return "".join(head + before[-3:])[-16:]  # 拓源产值
    body = (
        "".join(head + before) + word + "".join(after) if style < 0.7 else "".join(head + before + after) + "是" + word
    )
    return body[-ASKED + 1 :] + ("?" if rng.random() < 0.7 else "")


def _near_words() -> dict[str, tuple[str, ...]]:
    """For common words, those of nearest meaning."""
    jieba.initialize()
    model = bundled_model()
    words = {fold(w): model.words([fold(w)])[0] for w in jieba.dt.FREQ if 1 < len(w) < 5 and jieba.dt.FREQ[w] > 20}
    single = {found[0].rank: w for w, found in words.items() if len(found) == 1 and not any(c.isdecimal() for c in w)}
    ranks = np.array([rank for rank in sorted(single) if rank < 20000])
    units = torch.from_numpy(model.units(ranks))
    likes = {}
    for begin in range(0, len(ranks), 2000):
        values, places = (units[begin : begin + 2000] @ units.T).topk(4, dim=1)
        for i, (near, where) in enumerate(zip(values.tolist(), places.tolist(), strict=True)):
            own = single[int(ranks[begin + i])]
            alike = tuple(single[int(ranks[p])] for v, p in zip(near, where, strict=True) if 0.33 < v < 0.999)
            if alike:
                likes[own] = alike
    return likes


def _made(job: tuple[list[tuple[str, str]], int, dict[str, tuple[str, ...]]]) -> list[Example]:
    articles, seed, likes = job
    rng = np.random.default_rng(seed)
    found = []
    for title, text in articles:
        chunks = _chunks(title, text[:3000])
        if len(chunks) < 2:
            continue
        for at in rng.permutation(len(chunks))[:2]:
            parts = chunks[at]
            if (piece := _likely(parts, rng)) is None:
                continue
            i, start, end, word = piece
            question = _ask(fold(title), parts[i], start, end, word, likes, rng)
            if len(question) < len(word) + 5:
                continue
            shown = _text(fold(title), parts)
            begin = int(shown.segments[i + 1])
            wrong = chunks[int(rng.choice([j for j in range(len(chunks)) if j != at]))]
            answer = parts[i][start:end]
            if answer in "".join(wrong):
                continue
            asked = Text.of([question], bundled_model().words([question]))
            found.append(
                Example(
                    asked, ((shown, ((begin + start, begin + end - 1),)),), (_text(fold(title), wrong),), (answer,), ""
                )
            )
    return found


def _asked_of(job: tuple[list[tuple[str, str, str]], int, dict[str, tuple[str, ...]]]) -> list[tuple[str, str, str]]:
    articles, seed, likes = job
    rng = np.random.default_rng(seed)
    found = []
    for name, title, text in articles:
        chunks = _chunks(title, text[:3000])
        parts = chunks[int(rng.integers(len(chunks)))] if chunks else []
        if (piece := _likely(parts, rng)) is None:
            continue
        i, start, end, word = piece
        question = _ask(fold(title), parts[i], start, end, word, likes, rng)
        if len(question) >= len(word) + 5:
            found.append((question, parts[i][start:end], name))
    return found


def asked_of(articles: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """A question made from each (id, title, text) that has something to ask for: (question, answer, id)."""
    alike = _near_words()
    with Pool(2) as pool:
        return [
            row
            for part in pool.map(_asked_of, [(list(articles[i::8]), _SEED + i, alike) for i in range(8)])
            for row in part
        ]


def made(data: Path, count: int) -> list[Example]:
    """Questions made from the training texts."""
    rng = np.random.default_rng(_SEED)
    rows = list(training_texts(data))
    # Two questions an article, if there is something to ask; half of the articles are too short.
    chosen = [(rows[i]["title"], rows[i]["text"]) for i in rng.permutation(len(rows))[: int(count * 1.2)]]
    alike = _near_words()
    jobs = [(chosen[i : i + 2000], _SEED + i, alike) for i in range(0, len(chosen), 2000)]
    found = []
    with Pool(2) as pool:
        for part in pool.imap(_made, jobs):
            found += part
            if len(found) >= count:
                break
    return found[:count]


def left_out(articles: Sequence[str]) -> set[str]:
    """One article in eight, the same at every run: not trained on."""
    every = sorted(set(articles))
    return {every[i] for i in np.random.default_rng(_SEED).permutation(len(every))[: len(every) // 8]}
