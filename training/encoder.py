"""Trains a small contextual encoder from nothing: a folder that `index.reindex --model FOLDER` takes.

Knows the training texts, the questions of CMRC 2018 train, and the sentence-transformers directory format. Does not
read the evaluation sets.

    python -m training.encoder --data ../shared/train --out FOLDER [--steps 20000] [--layers 4] [--width 256]

In two thirds of the steps it learns to fill in masked characters (Devlin et al. 2019), then to bring questions, titles
and sentences near the text they belong to (InfoNCE). It wants an accelerator and hours; what ships is the static model.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from torch.nn import functional

from index.text.folding import fold
from qa.evaluate import read_rows
from training.texts import training_texts

_SEED = 20261122
_MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_CHARACTERS = 8000
_WINDOW = 160  # characters of a text
_ASKED = 64  # of a question, title or sentence
_MASKED = 0.15
_TEMPERATURE = 0.05
_RATE = 5e-4
_FILLING = 0.67  # share of the steps
_WARMUP = 0.02


def _texts(data: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(title, text) of the articles, (question, text) of CMRC; folded."""
    pairs = [(fold(row["title"]), fold(row["text"])) for row in training_texts(data)]
    rows, passages = read_rows(data / "cmrc2018_train.jsonl")
    of = {key: fold(f"{title}\n{text}") for key, title, text in passages}
    return pairs, [
        (fold(row.question), _around(of[row.article_name], fold(row.accepted_answers[0])))
        for row in rows
        if row.accepted_answers
    ]


def _around(text: str, answer: str) -> str:
    """The window of a text in whose middle the answer stands."""
    begin = max(0, text.find(answer) - (_WINDOW - len(answer)) // 2)
    return text[begin : begin + _WINDOW]


def _pair(title: str, text: str, rng: np.random.Generator) -> tuple[str, str] | None:
    """A short text and a window of the same article that does not hold it."""
    if len(text) < _ASKED:
        return None
    begin = int(rng.integers(0, max(1, len(text) - _WINDOW)))
    window = text[begin : begin + _WINDOW]
    if title and rng.random() < 0.5:
        return title[:_ASKED], window
    size = int(rng.integers(8, 40))
    cut = int(rng.integers(0, len(window) - size))
    return window[cut : cut + size], window[:cut] + window[cut + size :]


class Trainer:
    """An encoder on its way. Everything is drawn with a fixed seed."""

    def __init__(
        self, articles: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]], layers: int, width: int, batch: int
    ) -> None:
        """`articles` are (title, text), `asked` (question, text), all folded; `batch` texts go into a step."""
        torch.manual_seed(_SEED)
        self._articles, self._asked, self._batch = articles, asked, batch
        self._rng = np.random.default_rng(_SEED)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        counts = Counter(character for _, text in articles[:20_000] for character in text if not character.isspace())
        words = [*_MARKS, *(character for character, _ in counts.most_common(_CHARACTERS))]
        self.tokenizer = transformers.BertTokenizerFast(  # type: ignore[attr-defined]
            vocab={
                word: number
                for number, word in enumerate(words + [f"##{w}" for w in words[5:] if w.isascii() and w.isalnum()])
            },
            model_max_length=_WINDOW + 2,
        )
        config: Any = transformers.BertConfig(
            vocab_size=len(self.tokenizer),
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=max(1, width // 64),
            intermediate_size=4 * width,
            max_position_embeddings=_WINDOW + 2,
        )
        masked_model: Any = transformers.BertForMaskedLM
        self._model = masked_model(config).to(self._device)

    def _encoded(self, texts: Sequence[str], longest: int) -> Any:
        return self.tokenizer(
            list(texts), truncation=True, max_length=longest + 2, padding=True, return_tensors="pt"
        ).to(self._device)

    def _fill(self) -> torch.Tensor:
        """The loss of guessing masked characters."""
        texts = []
        for i in self._rng.integers(0, len(self._articles), self._batch):
            text = self._articles[i][1]
            begin = int(self._rng.integers(0, max(1, len(text) - _WINDOW)))
            texts.append(text[begin : begin + _WINDOW])
        encoded = self._encoded(texts, _WINDOW)
        ids = encoded["input_ids"]
        masked = (torch.rand(ids.shape, device=ids.device) < _MASKED) & (ids >= len(_MARKS))
        labels = ids.masked_fill(~masked, -100)
        encoded["input_ids"] = ids.masked_fill(masked, _MARKS.index("[MASK]"))
        loss: torch.Tensor = self._model(**encoded, labels=labels).loss
        return loss if bool(masked.any()) else loss.new_zeros((), requires_grad=True)

    def _vectors(self, texts: Sequence[str], longest: int) -> torch.Tensor:
        encoded = self._encoded(texts, longest)
        states = self._model.bert(**encoded).last_hidden_state
        mask = encoded["attention_mask"][..., None].to(states.dtype)
        return functional.normalize((states * mask).sum(1) / mask.sum(1))

    def _bring_near(self) -> torch.Tensor:
        """The loss of telling which text of the batch a short text belongs to."""
        pairs: list[tuple[str, str]] = []
        while len(pairs) < self._batch:
            if self._asked and self._rng.random() < 0.3:
                pairs.append(self._asked[int(self._rng.integers(len(self._asked)))])
            elif (pair := _pair(*self._articles[int(self._rng.integers(len(self._articles)))], self._rng)) is not None:
                pairs.append(pair)
        scores = (
            self._vectors([a for a, _ in pairs], _ASKED)
            @ self._vectors([b for _, b in pairs], _WINDOW).T
            / _TEMPERATURE
        )
        right = torch.arange(len(pairs), device=scores.device)
        return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2

    def train(self, steps: int) -> Iterator[tuple[str, float]]:
        """Yields what is learned, and the loss, of every step."""
        self._model.train()
        optimiser = torch.optim.AdamW(self._model.parameters(), _RATE, weight_decay=0.01)
        for step in range(steps):
            done = step / steps
            filling = done < _FILLING
            for group in optimiser.param_groups:
                group["lr"] = _RATE * min(1.0, (done + 1 / steps) / _WARMUP) * (0.5 + 0.5 * math.cos(math.pi * done))
            loss = self._fill() if filling else self._bring_near()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
            optimiser.step()
            yield ("filling in" if filling else "bringing near"), float(loss.detach())

    def save(self, folder: Path) -> None:
        """Writes the folder of a sentence-transformers model."""
        plain = folder / "encoder"
        self._model.bert.save_pretrained(plain)
        self.tokenizer.save_pretrained(plain)
        encoder = Transformer(str(plain), max_seq_length=_WINDOW + 2)
        pooling = Pooling(encoder.get_embedding_dimension(), pooling_mode="mean")
        SentenceTransformer(modules=[encoder, pooling, Normalize()], device="cpu").save(
            str(folder), create_model_card=False
        )


def main() -> None:
    """Trains for the time given, saves."""
    parser = argparse.ArgumentParser(description="Train a contextual encoder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--out", type=Path, required=True, help="where the model goes")
    parser.add_argument("--steps", type=int, default=20_000, help="default 20000")
    parser.add_argument("--layers", type=int, default=4, help="default 4")
    parser.add_argument("--width", type=int, default=256, help="numbers of a vector, a multiple of 64 (default 256)")
    parser.add_argument("--batch", type=int, default=64, help="texts of a step (default 64; 512 on an accelerator)")
    options = parser.parse_args()
    articles, asked = _texts(options.data)
    trainer = Trainer(articles, asked, options.layers, options.width, options.batch)
    for step, (what, loss) in enumerate(trainer.train(options.steps)):
        if step % 100 == 0:
            sys.stderr.write(f"{step} {what}: loss {loss:.3f}\n")
    trainer.save(options.out)


if __name__ == "__main__":
    main()
