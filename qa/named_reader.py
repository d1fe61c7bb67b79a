"""Use any extractive question-answering model of transformers as the reader: `--reader NAME`.

Knows that library's models. Does not know hits or confidence: its pieces are treated as the bundled reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.embedding.hub import load
from index.errors import UserError
from qa.question import Question
from qa.reader import ANSWER_WEIGHTS, READ, Floats, Reading, readings

_WINDOW, _OVERLAP = 512, 128  # tokens: the most that BERT-like models take, and what neighbouring windows share


class NamedReader:
    """A PassageReader. Scores are measured against the model's own "no answer" (its first token), as in SQuAD 2.0."""

    characters = READ
    answer_weights = ANSWER_WEIGHTS

    def __init__(self, name: str) -> None:
        """Load the model. Raises UserError if it is not available or does not answer questions."""
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging as reports

        reports.set_verbosity_error()  # type: ignore[no-untyped-call]
        reports.disable_progress_bar()  # type: ignore[no-untyped-call]

        def load_model(model: str, revision: str | None, only_local: bool) -> tuple[Any, Any, dict[str, Any]]:
            known: dict[str, Any] = {"revision": revision or "main", "local_files_only": only_local}
            tokenizer = AutoTokenizer.from_pretrained(model, use_fast=True, **known)
            return tokenizer, *AutoModelForQuestionAnswering.from_pretrained(model, output_loading_info=True, **known)

        self._tokenizer, self._model, loaded = load(name, "the reader", load_model)
        if any("qa_outputs" in key for key in loaded["missing_keys"]):
            raise UserError("asking.not_a_reader", name=name)
        if not self._tokenizer.is_fast:
            raise UserError("asking.no_fast_tokenizer", name=name)
        if len(self._tokenizer) < self._model.config.vocab_size // 2:
            raise UserError("asking.no_vocabulary", name=name)
        self._model.eval()
        self._torch = torch
        self._window = min(
            _WINDOW, self._tokenizer.model_max_length, getattr(self._model.config, "max_position_embeddings", _WINDOW)
        )

    def read(self, question: Question, passages: Sequence[tuple[str, Sequence[str]]]) -> list[list[Reading]]:
        """See PassageReader. The model does not get titles: such models are trained without."""
        result = []
        for _, sentences in passages:
            begins = np.cumsum([0, *(len(sentence) for sentence in sentences)])
            result.append(readings(self._scores(question.folded, "".join(sentences)), begins[:-1]))
        return result

    def _scores(self, question: str, text: str) -> Floats:
        """Return (n, 2) for the n characters of a text: the scores of the tokens that begin and end at each."""
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
            output = self._model(**encoded)
        scores = np.full((len(text), 2), -1e4, np.float32)
        for starts, ends, places, side in zip(
            output.start_logits.tolist(), output.end_logits.tolist(), offsets, sides, strict=True
        ):
            no_answer = (starts[0] + ends[0]) / 2
            for start, end, (first, last), part in zip(starts, ends, places, side, strict=True):
                if part == 1 and last > first:
                    scores[first, 0] = max(scores[first, 0], start - no_answer)
                    scores[last - 1, 1] = max(scores[last - 1, 1], end - no_answer)
        return scores

    def _cut(self, question: str) -> str:
        """Cut a question to a quarter of the window, counted in tokens: some tokenizers make three of a character."""
        places = self._tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return question if len(places) <= self._window // 4 else question[: places[self._window // 4 - 1][1]]
