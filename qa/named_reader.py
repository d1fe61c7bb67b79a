"""Any extractive question-answering model of transformers as the reader: `--reader NAME`.

Knows that library's models. Does not know hits or confidence: its pieces go the same way as the bundled reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.errors import UserError
from index.hub import load
from qa.question import Question
from qa.reader import Floats, Reading, readings

_WINDOW, _OVERLAP = 512, 128  # tokens: what BERT-like models take, and what neighbouring windows share


class NamedReader:
    """See PassageReader. A score is measured against the model's own "no answer" (its first token), as in SQuAD 2.0."""

    def __init__(self, name: str) -> None:
        """Raises UserError if the model cannot be had, or does not answer questions."""
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging as reports

        reports.set_verbosity_error()  # type: ignore[no-untyped-call]
        reports.disable_progress_bar()  # type: ignore[no-untyped-call]

        def made(wanted: str, revision: str | None, only_local: bool) -> tuple[Any, Any, dict[str, Any]]:
            known: dict[str, Any] = {"revision": revision or "main", "local_files_only": only_local}
            tokenizer = AutoTokenizer.from_pretrained(wanted, use_fast=True, **known)
            return tokenizer, *AutoModelForQuestionAnswering.from_pretrained(wanted, output_loading_info=True, **known)

        self._tokenizer, self._model, loaded = load(name, "the reader", made)
        if any("qa_outputs" in key for key in loaded["missing_keys"]):
            raise UserError(f"the model {name} was not trained to answer questions.", "Name an extractive question-answering model.")
        if not self._tokenizer.is_fast:
            raise UserError(f"the reader {name} has no fast tokenizer, so its answers have no places.", "Name another model.")
        if len(self._tokenizer) < self._model.config.vocab_size // 2:
            raise UserError(f"the reader {name} has no vocabulary of its own.", "Name a folder that holds its tokenizer as well.")
        self._model.eval()
        self._torch = torch
        self._window = min(_WINDOW, self._tokenizer.model_max_length, getattr(self._model.config, "max_position_embeddings", _WINDOW))

    def read(self, question: Question, passages: Sequence[tuple[str, Sequence[str]]]) -> list[list[Reading]]:
        """See PassageReader. Titles are not shown to it: such models are trained without."""
        found = []
        for _, sentences in passages:
            begins = np.cumsum([0, *(len(sentence) for sentence in sentences)])
            found.append(readings(self._scores(question.folded, "".join(sentences)), begins[:-1]))
        return found

    def _scores(self, question: str, text: str) -> Floats:
        """(n, 2) of the characters of a text: the scores of the tokens that begin and end there."""
        encoded = self._tokenizer(
            self._cut(question),
            text,
            truncation="only_second",
            max_length=self._window,
            stride=min(_OVERLAP, self._window // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            padding=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").tolist()
        sides = [encoded.sequence_ids(i) for i in range(len(offsets))]
        encoded.pop("overflow_to_sample_mapping")
        with self._torch.no_grad():
            said = self._model(**encoded)
        scores = np.full((len(text), 2), -1e4, np.float32)
        for starts, ends, places, side in zip(said.start_logits.tolist(), said.end_logits.tolist(), offsets, sides, strict=True):
            nothing = (starts[0] + ends[0]) / 2
            for start, end, (first, last), part in zip(starts, ends, places, side, strict=True):
                if part == 1 and last > first:
                    scores[first, 0] = max(scores[first, 0], start - nothing)
                    scores[last - 1, 1] = max(scores[last - 1, 1], end - nothing)
        return scores

    def _cut(self, question: str) -> str:
        """A quarter of the window at most, counted in tokens: with some tokenizers a character is three."""
        places = self._tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return question if len(places) <= self._window // 4 else question[: places[self._window // 4 - 1][1]]
