"""A small neural reader: mark the characters of a passage that a question asks for.

Knows the network, its features and its weights (assets/reader.npz, made by training/reader.py). Does not know hits,
ranks or confidence. It takes folded text only; offsets count the characters of that text.

The input of a character is its own vector, the bundled vector of its word, and features of what matches between
question and passage. Convolutions and attention, to the question and to the passage itself, then give each character
a score as the first and as the last of the answer. A score of 0 stands for "no answer": the network was trained on
groups of passages of which some hold no answer, with one softmax over all of them and that 0 (Clark and Gardner 2018,
shared norm with a no-answer option).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.static import Word, bundled_model
from qa.question import Question

WEIGHTS = Path(__file__).parent / "assets" / "reader.npz"
ANSWER_WEIGHTS = WEIGHTS.with_name("answer.json")
FEATURES = 11  # features of a character, see `features`
HEADS = 4
READ = 500  # characters of the passages of one question that a reader gets
POOLED = 4  # characters that attention takes together; a quarter of the work at no loss
# The layers between the first attention to the question and the scores, in order. A number is a convolution: how far
# apart its three characters stand. A name is attention to that text.
LAYERS: tuple[int | str, ...] = (1, 2, 4, "passage", "question", 1, 2, "passage", 1)
ASKED, TITLE = 40, 40  # characters of a question and of a title that the network reads
_LONGEST = 60  # characters of an answer
_NEVER = np.float32(-1e4)
_GAP = 4  # characters between passages: as far as a convolution reaches

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """A question, or a passage with its title as first segment. Arrays have one entry for each of n characters."""

    characters: NDArray[np.uint32]  # (n,) code points
    words: NDArray[np.int32]  # (n,) number of the word it stands in
    starts: NDArray[np.bool_]  # (n,) whether it is the first of its word
    segments: NDArray[np.int64]  # (segments,) where each begins; none is empty

    @classmethod
    def of(cls, segments: Sequence[str], words: Sequence[Sequence[Word]]) -> Text:
        """Make a Text from folded segments, none empty, and the words of each."""
        begins = np.cumsum([0, *(len(segment) for segment in segments)])
        numbers = np.zeros(begins[-1], np.int32)
        starts = np.zeros(begins[-1], np.bool_)
        for begin, segment_words in zip(begins.tolist(), words, strict=False):
            for word in segment_words:
                numbers[begin + word.start : begin + word.end] = word.rank
                starts[begin + word.start] = True
        characters = np.frombuffer("".join(segments).encode("utf-32-le", "surrogatepass"), np.uint32)
        return cls(characters, numbers, starts, begins[:-1])

    def __len__(self) -> int:
        return len(self.characters)


@dataclass(frozen=True, slots=True)
class Reading:
    """The best piece of one sentence: its offsets, and the log odds of this answer against no answer."""

    start: int
    end: int
    score: float


def features(question: Text, passage: Text) -> tuple[Floats, Floats]:
    """Return (m, FEATURES) for the question and (n, FEATURES) for the passage.

    The columns are flags and shares: 0 to 2, the character, its pair and its triple stand in the other text; 3 a
    digit; 4 neither letter nor digit; 5 the first of its word; 6 the logarithm of the rank of its word / 10; 7 the
    cosine of the nearest word in the other text. Of the passage alone: 8 and 9, the share of the question that the
    segment and the whole passage hold; 10 part of the title.
    """
    ours, theirs = _plain(question), _plain(passage)
    same = question.characters[:, None] == passage.characters[None, :]
    ours[:, 0], theirs[:, 0] = same.any(1), same.any(0)
    pairs = same[:-1, :-1] & same[1:, 1:]
    triples = pairs[:-1, :-1] & pairs[1:, 1:]
    for column, matched, width in ((1, pairs, 2), (2, triples, 3)):
        for side, flags in ((ours, matched.any(1)), (theirs, matched.any(0))):
            for shift in range(width):
                view = side[shift : shift + len(flags), column]
                np.maximum(view, flags, out=view)
    asked, unique = np.unique(question.words, return_inverse=True)
    read, where = np.unique(passage.words, return_inverse=True)
    model = bundled_model()
    like = model.units(asked) @ model.units(read).T
    ours[:, 7], theirs[:, 7] = like.max(1)[unique], like.max(0)[where]
    # How much of the question each segment holds, and the passage as a whole; rare words count more.
    weight = (ours[:-1, 4] + ours[1:, 4] == 0) * (ours[:-1, 6] + ours[1:, 6])
    total = max(float(weight.sum()), 1e-6)
    if pairs.size:
        # A pair that reaches into the next segment counts for the first.
        held = np.logical_or.reduceat(np.pad(pairs, ((0, 0), (0, 1))), passage.segments, axis=1)
        sizes = np.diff([*passage.segments, len(passage)])
        theirs[:, 8] = np.repeat(weight @ held, sizes) / total
        theirs[:, 9] = weight @ pairs.any(1) / total
    theirs[: passage.segments[1] if len(passage.segments) > 1 else 0, 10] = 1
    return ours, theirs


def _plain(text: Text) -> Floats:
    """Return the features of a text that do not depend on the other text."""
    columns = np.zeros((len(text), FEATURES), np.float32)
    codes = text.characters
    columns[:, 3] = (codes >= 48) & (codes <= 57)
    letter = (
        (codes >= 0x3400) & (codes <= 0x9FFF)
        | (codes >= 97) & (codes <= 122)
        | (columns[:, 3] > 0)
        | (codes >= 0x20000)
    )
    columns[:, 4] = ~letter
    columns[:, 5] = text.starts
    columns[:, 6] = np.log1p(text.words) / 10
    return columns


def character_numbers(known: NDArray[np.uint32], text: Text) -> NDArray[np.int64]:
    """Return (n,): for each character of a text its row among the vectors.

    `known`: the characters that have a vector, ordered. Row 0 is no character, 1 an unknown character.
    """
    place = np.minimum(np.searchsorted(known, text.characters), len(known) - 1)
    return np.where(known[place] == text.characters, place + 2, 1)


class PassageReader(Protocol):
    """A model that marks the pieces of passages that a question asks for."""

    characters: int  # how many characters of the passages of one question it gets
    answer_weights: Path  # how qa.answer weighs sentences and computes confidence with its scores

    def read(self, question: Question, passages: Sequence[tuple[str, Sequence[str]]]) -> list[list[Reading]]:
        """Return the best piece of each sentence of each passage. A passage is (title, sentences), all folded."""
        ...


class Reader:
    """The bundled reader: the network with its weights, in numpy."""

    characters = READ
    answer_weights = ANSWER_WEIGHTS

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as stored:
            self._characters = stored["characters"]
            self._weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "characters"}
        for name, weight in self._weights.items():
            if weight.ndim == 2 and name != "character.weight":
                # torch keeps the weights of a product the other way round.
                self._weights[name] = np.ascontiguousarray(weight.T)

    def read(self, question: Question, passages: Sequence[tuple[str, Sequence[str]]]) -> list[list[Reading]]:
        """See PassageReader."""
        if not passages:
            return []
        asked = [question.folded[:ASKED]]
        texts = [[title[:TITLE] + "\n", *sentences] for title, sentences in passages]
        words = iter(bundled_model().words([*asked, *(segment for text in texts for segment in text)]))
        first = Text.of(asked, [next(words)])
        others = [Text.of(text, [next(words) for _ in text]) for text in texts]
        return [
            readings(scores, other.segments)[1:]
            for scores, other in zip(self.scores(first, others), others, strict=True)
        ]

    def scores(self, question: Text, passages: Sequence[Text]) -> list[Floats]:
        """Return (n, 2) for each passage: the scores of each character as first and as last of the answer.

        0 stands for no answer.
        """
        pairs = [features(question, passage) for passage in passages]
        # All passages stand in one row, so that no padding is computed. The gaps between them stay zero and are as
        # wide as the widest convolution reaches. Lengths are rounded up to whole groups of POOLED characters.
        rows: list[slice] = []
        place = _GAP
        for passage in passages:
            rows.append(slice(place, place + len(passage)))
            place += -(-len(passage) // POOLED) * POOLED + _GAP
        in_passage = np.zeros((place, 1), np.float32)
        states = np.zeros((place, self._weights["input.bias"].size), np.float32)
        for row, passage, (_, theirs) in zip(rows, passages, pairs, strict=True):
            in_passage[row] = 1
            states[row] = self._input(passage, theirs)
        # The features of the question depend on the passage, so it is read once for each.
        asked = np.zeros((len(passages) * (len(question) + _GAP) + _GAP, states.shape[1]), np.float32)
        in_question = np.zeros((len(asked), 1), np.float32)
        questions = [
            slice(_GAP + i * (len(question) + _GAP), (i + 1) * (len(question) + _GAP)) for i in range(len(passages))
        ]
        for row, (ours, _) in zip(questions, pairs, strict=True):
            in_question[row] = 1
            asked[row] = self._input(question, ours)
        for name, distance in (("encoder.0", 1), ("encoder.1", 2)):
            states = self._convolution(name, states, in_passage, distance)
            asked = self._convolution(name, asked, in_question, distance)
        states = self._attention("first", states, in_passage, rows, [asked[row] for row in questions])
        for i, layer in enumerate(LAYERS):
            if isinstance(layer, int):
                states = self._convolution(f"layers.{i}", states, in_passage, layer)
            else:
                others = (
                    [_pooled(states[row]) for row in rows] if layer == "passage" else [asked[row] for row in questions]
                )
                states = self._attention(f"layers.{i}", states, in_passage, rows, others)
        scores = self._linear("output", _normed(states))
        return [scores[row] for row in rows]

    def _linear(self, name: str, inputs: Floats) -> Floats:
        output = inputs @ self._weights[f"{name}.weight"]
        output += self._weights[f"{name}.bias"]
        return np.asarray(output, np.float32)

    def _input(self, text: Text, known: Floats) -> Floats:
        number = character_numbers(self._characters, text)
        read, where = np.unique(text.words, return_inverse=True)
        words = (bundled_model().units(read) @ self._weights["words.weight"])[where]
        return self._linear("input", np.concatenate([self._weights["character.weight"][number], words, known], axis=1))

    def _convolution(self, name: str, states: Floats, mask: Floats, distance: int) -> Floats:
        length, width = states.shape
        wide = np.zeros((length, 3 * width), np.float32)
        normed = wide[:, width : 2 * width]
        np.multiply(_normed(states), mask, out=normed)
        wide[distance:, :width] = normed[:-distance]
        wide[:-distance, 2 * width :] = normed[distance:]
        mixed = self._linear(f"{name}.mix", wide)
        gate = np.exp(-mixed[:, width:])
        gate += 1
        np.divide(mixed[:, :width], gate, out=gate)
        gate *= mask
        gate += states
        return gate

    def _attention(
        self, name: str, states: Floats, mask: Floats, rows: Sequence[slice], others: Sequence[Floats]
    ) -> Floats:
        """Let each row of the states attend to the text of the same number in `others`."""
        width = states.shape[1]

        def heads(values: Floats) -> Floats:
            return np.asarray(values.reshape(len(values), HEADS, width // HEADS).transpose(1, 0, 2), np.float32)

        asking = self._linear(f"{name}.query", _normed(states))
        asking *= np.float32((width // HEADS) ** -0.5)
        memory = self._linear(f"{name}.memory", _normed(np.concatenate(others)))
        joined = np.zeros_like(states)
        begun = 0
        for row, other in zip(rows, others, strict=True):
            keys, values = (heads(part) for part in np.split(memory[begun : begun + len(other)], 2, axis=1))
            begun += len(other)
            match = heads(asking[row]) @ keys.transpose(0, 2, 1)
            match -= match.max(axis=2, keepdims=True)
            np.exp(match, out=match)
            match /= match.sum(axis=2, keepdims=True)
            joined[row] = (match @ values).transpose(1, 0, 2).reshape(-1, width)
        output = self._linear(f"{name}.joined", joined)
        output *= mask
        output += states
        return output


def _pooled(states: Floats) -> Floats:
    """Return the mean of every POOLED characters, to which a passage attends; the last group is filled with zeros."""
    length, width = states.shape
    filled = np.zeros((-(-length // POOLED) * POOLED, width), np.float32)
    filled[:length] = states
    return np.asarray(filled.reshape(-1, POOLED, width).mean(axis=1), np.float32)


def _normed(states: Floats) -> Floats:
    squares = np.einsum("ij,ij->i", states, states) / np.float32(states.shape[1])
    squares += np.float32(1e-6)
    return np.asarray(states / np.sqrt(squares)[:, None], np.float32)


def readings(scores: Floats, segments: NDArray[np.int64]) -> list[Reading]:
    """Return the best piece of each segment from the (n, 2) scores of all. A piece never leaves its segment."""
    n = len(scores)
    ends = np.repeat([*segments[1:], n], np.diff([*segments, n]))  # of the segment of each character
    padded = np.concatenate([scores[:, 1], np.full(_LONGEST, _NEVER, np.float32)])
    closing = np.lib.stride_tricks.sliding_window_view(padded, _LONGEST)[:n]
    inside = np.arange(_LONGEST)[None, :] < (ends - np.arange(n))[:, None]
    sums = np.where(inside, scores[:, :1] + closing, _NEVER)
    widths = sums.argmax(1)
    best = sums[np.arange(n), widths]
    result = []
    for begin, end in zip(segments.tolist(), [*segments[1:].tolist(), n], strict=True):
        start = begin + int(best[begin:end].argmax())
        result.append(Reading(start - begin, start - begin + int(widths[start]) + 1, float(best[start])))
    return result


@cache
def bundled_reader() -> Reader:
    """Return the reader that ships with zhiwen."""
    return Reader()
