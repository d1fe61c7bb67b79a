"""Mark the piece that a question asks for with a cross-encoder over question and passage, or say that it is not here.

Knows the network that training/joint_reader.py makes: the one that ships, as `--reader joint`, or one in a folder that
`--reader FOLDER` names. Does not know hits, ranks or confidence. It reads folded text only; places are offsets in it.

The network gives each piece of a passage a score as the first and as the last of the answer. A sum of 0 stands for "not
here": it was trained with one softmax over the passages of a question and that 0 (Clark and Gardner 2018), so scores of
different passages can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.encoder import Network, bundled_vocabulary
from qa.question import Question
from qa.reader import ANSWER_WEIGHTS, ASKED, TITLE, Reading

WEIGHTS = "joint_reader.onnx"  # the file in the folder of a reader
ANSWER_FILE = "answer.json"  # the other, made by training/answer_weights.py; a folder fresh from training has none
NAME = "joint"  # of the one that ships, for `--reader`
BUNDLED = Path(__file__).parent / "assets" / "joint_reader"
_LONGEST = 40  # pieces of an answer
_NEVER = np.float32(-1e4)


class JointReader:
    """A joint reader. See qa.reader.PassageReader."""

    characters = 250

    def __init__(self, folder: Path) -> None:
        """Raises UserError if a file is missing or damaged."""
        own = folder / ANSWER_FILE
        self.answer_weights = own if own.is_file() else ANSWER_WEIGHTS
        self._vocabulary = bundled_vocabulary()
        self._network = Network(folder / WEIGHTS, self._vocabulary)

    def read(self, question: Question, passages: Sequence[tuple[str, Sequence[str]]]) -> list[list[Reading]]:
        """See PassageReader. All passages are read in one batch."""
        if not passages:
            return []
        headings = [title[:TITLE] + "\n" for title, _ in passages]
        texts = [heading + "".join(parts) for heading, (_, parts) in zip(headings, passages, strict=True)]
        encodings = self._vocabulary.encode([(question.folded[:ASKED], text) for text in texts])
        scores, _ = self._network.scores(encodings)
        return [
            _readings(scores[i], encodings[i], len(headings[i]), [len(part) for part in parts])
            for i, (_, parts) in enumerate(passages)
        ]


def best_piece(scores: NDArray[np.float32]) -> tuple[int, int, float]:
    """Return the first and the last row of the best answer in (pieces, 2) scores, and its score."""
    sums = scores[:, 0][:, None] + scores[:, 1][None, :]
    allowed = np.triu(np.ones(sums.shape, bool)) & ~np.triu(np.ones(sums.shape, bool), _LONGEST)
    sums = np.where(allowed, sums, _NEVER)
    first, last = divmod(int(sums.argmax()), len(scores))
    return first, last, float(sums[first, last])


def _readings(scores: NDArray[np.float32], encoding: Any, begin: int, lengths: Sequence[int]) -> list[Reading]:
    """Return the best piece of each sentence; the first begins at `begin`. One that was cut off scores `_NEVER`."""
    second = np.array([sequence == 1 for sequence in encoding.sequence_ids])
    starts, ends = (np.array(column) for column in zip(*encoding.offsets, strict=True))
    readings = []
    for length in lengths:
        inside = np.flatnonzero(second & (starts < begin + length) & (ends > begin) & (ends > starts))
        if not len(inside):
            readings.append(Reading(0, length, float(_NEVER)))
        else:
            first, last, score = best_piece(scores[inside])
            start = max(0, int(starts[inside[first]]) - begin)
            end = min(length, int(ends[inside[last]]) - begin)
            readings.append(Reading(start, end, score))
        begin += length
    return readings
