"""Makes qa/assets/reader.npz: the network that finds the answer in a passage.

Knows the network and how it is trained. Where questions come from is training/examples.py.

    python -m training.reader --data ../shared/train --minutes 75

Each step shows groups of two passages: one that holds the answer and one that does not, or, one time in six, two that
do not. One softmax over all characters of a group and a fixed 0 for "not here" (Clark and Gardner 2018, "Simple and
Effective Multi-Paragraph Reading Comprehension"). One article in eight of CMRC is left out: training/answer_weights.py
learns from those what the reader's scores are worth, and they tell how good it is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from index.embedding.static import bundled_model
from qa.reader import FEATURES, HEADS, LAYERS, POOLED, WEIGHTS, Text, character_numbers, features, readings

if TYPE_CHECKING:
    from training.examples import Example

_SEED = 20261122
_WIDTH, _CHARACTER, _WORD = 96, 64, 64  # numbers of a state, of a character, of a word
_COMMON = 5000  # characters known by their own vector
_MADE = 70_000  # made questions, seen once or twice
_GROUPS = 24  # in a step
_RATE, _WARMUP, _DECAY, _DROPPED = 2e-3, 300, 0.01, 0.15
_AVERAGE = 0.999  # of the weights over the last thousand steps: what is saved
_NOTHING = 1 / 6  # groups without an answer


class _Convolution(nn.Module):
    def __init__(self, apart: int) -> None:
        super().__init__()
        self.apart, self.mix = apart, nn.Linear(3 * _WIDTH, 2 * _WIDTH)

    def forward(self, states: Tensor, here: Tensor, kept: Tensor) -> Tensor:
        length = states.shape[1]
        normed = functional.pad(_normed(states) * here, (0, 0, self.apart, self.apart))
        wide = torch.cat([normed[:, i * self.apart : i * self.apart + length] for i in range(3)], 2)
        return states + functional.glu(self.mix(wide), 2) * kept * here


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.memory, self.joined = (
            nn.Linear(_WIDTH, _WIDTH),
            nn.Linear(_WIDTH, 2 * _WIDTH),
            nn.Linear(_WIDTH, _WIDTH),
        )

    def forward(self, states: Tensor, here: Tensor, others: Tensor, there: Tensor, kept: Tensor) -> Tensor:
        batch, length, _ = states.shape
        query = self.query(_normed(states)).view(batch, length, HEADS, -1).transpose(1, 2)
        keys, values = (
            self.memory(_normed(others)).view(batch, others.shape[1], 2 * HEADS, -1).transpose(1, 2).chunk(2, 1)
        )
        joined = functional.scaled_dot_product_attention(
            query, keys, values, attn_mask=there.squeeze(2)[:, None, None] > 0
        )
        return cast(Tensor, states + self.joined(joined.transpose(1, 2).reshape(batch, length, _WIDTH)) * kept * here)


def _pooled(states: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
    """Lengths are multiples of POOLED here."""
    batch, length, _ = states.shape
    return (states * here).view(batch, length // POOLED, POOLED, -1).mean(2), here[:, ::POOLED]


def _normed(states: Tensor) -> Tensor:
    return functional.rms_norm(states, (states.shape[-1],), eps=1e-6)


class Network(nn.Module):
    """The network of qa/reader.py, to be trained. What it is given is one `Batch`."""

    def __init__(self, units: NDArray[np.float32], known: int) -> None:
        super().__init__()
        self.units = nn.Embedding.from_pretrained(torch.from_numpy(units), freeze=True)  # type: ignore[no-untyped-call]
        self.character = nn.Embedding(known + 2, _CHARACTER, padding_idx=0)
        self.words = nn.Linear(units.shape[1], _WORD, bias=False)
        self.input = nn.Linear(_CHARACTER + _WORD + FEATURES, _WIDTH)
        self.encoder = nn.ModuleList([_Convolution(1), _Convolution(2)])
        self.first = _Attention()
        self.layers = nn.ModuleList(
            [_Convolution(layer) if isinstance(layer, int) else _Attention() for layer in LAYERS]
        )
        self.output = nn.Linear(_WIDTH, 2)

    def forward(
        self,
        characters: Tensor,
        words: Tensor,
        known: Tensor,
        asked_characters: Tensor,
        asked_words: Tensor,
        asked_known: Tensor,
    ) -> Tensor:
        """(texts, length, 2): the scores of each character, for the inputs of a `Batch`."""
        here, there = (c.gt(0).float().unsqueeze(2) for c in (characters, asked_characters))
        states = self._given(characters, words, known) * here
        asked = self._given(asked_characters, asked_words, asked_known) * there
        for block in self.encoder:
            states, asked = block(states, here, self._kept(states)), block(asked, there, self._kept(asked))
        states = self.first(states, here, asked, there, self._kept(states))
        for layer, block in zip(LAYERS, self.layers, strict=True):
            if isinstance(layer, int):
                states = block(states, here, self._kept(states))
            elif layer == "passage":
                states = block(states, here, *_pooled(states, here), self._kept(states))
            else:
                states = block(states, here, asked, there, self._kept(states))
        return cast(Tensor, self.output(_normed(states)).masked_fill(here == 0, -1e4))

    def _given(self, characters: Tensor, words: Tensor, known: Tensor) -> Tensor:
        given = torch.cat([self.character(characters), self.words(self.units(words)), known], 2)
        return cast(Tensor, self.input(functional.dropout(given, _DROPPED, self.training)))

    def _kept(self, states: Tensor) -> Tensor:
        """What a layer adds is dropped for a whole text, number by number."""
        if not self.training:
            return states.new_ones(1)
        return (torch.rand(states.shape[0], 1, _WIDTH) > _DROPPED).float() / (1 - _DROPPED)


@dataclass(frozen=True, slots=True)
class Batch:
    """Groups of two texts, one after the other, and which characters open and close an answer."""

    inputs: tuple[Tensor, ...]
    right: Tensor  # (texts, length, 2)


def _batch(
    known: NDArray[np.uint32], groups: Sequence[tuple[Text, Sequence[tuple[Text, tuple[tuple[int, int], ...]]]]]
) -> Batch:
    rows = [(question, text, places) for question, texts in groups for text, places in texts]
    # Few lengths, so that few shapes are compiled.
    length = -(-max(len(text) for _, text, _ in rows) // 64) * 64
    asked = -(-max(len(question) for question, _, _ in rows) // 20) * 20
    ids, words, feats = (
        np.zeros((len(rows), length, *shape), kind)
        for shape, kind in (((), np.int64), ((), np.int64), ((FEATURES,), np.float32))
    )
    qids, qwords, qfeats = (
        np.zeros((len(rows), asked, *shape), kind)
        for shape, kind in (((), np.int64), ((), np.int64), ((FEATURES,), np.float32))
    )
    right = np.zeros((len(rows), length, 2), np.float32)
    for i, (question, text, places) in enumerate(rows):
        n, m = len(text), len(question)
        qfeats[i, :m], feats[i, :n] = features(question, text)
        ids[i, :n], words[i, :n] = character_numbers(known, text), text.words
        qids[i, :m], qwords[i, :m] = character_numbers(known, question), question.words
        for first, last in places:
            right[i, first, 0] = right[i, last, 1] = 1
    return Batch(
        tuple(torch.from_numpy(array) for array in (ids, words, feats, qids, qwords, qfeats)), torch.from_numpy(right)
    )


def _loss(scores: Tensor, right: Tensor) -> Tensor:
    """Mean negative log likelihood of the right characters, or of the 0 where a group has none."""
    scores, right = (each.reshape(each.shape[0] // 2, -1, 2) for each in (scores, right))
    nothing = torch.zeros(scores.shape[0], 1, 2)
    every = torch.logsumexp(torch.cat([scores, nothing], 1), 1)
    wanted = torch.cat([right, (right.sum(1, keepdim=True) == 0).float()], 1)
    held = torch.logsumexp(torch.cat([scores, nothing], 1).masked_fill(wanted == 0, -1e4), 1)
    return (every - held).mean()


def _groups(
    examples: Sequence[Example], rng: np.random.Generator
) -> Iterator[list[tuple[Text, list[tuple[Text, tuple[tuple[int, int], ...]]]]]]:
    """One round: batches of examples of like length, in random order."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].right[0][0]) + rng.random() * 60)
    batches = [order[i : i + _GROUPS] for i in range(0, len(order) - _GROUPS + 1, _GROUPS)]
    for at in rng.permutation(len(batches)):
        groups = []
        for i in batches[at]:
            example = examples[i]
            wrong = [(example.wrong[j], ()) for j in rng.permutation(len(example.wrong))[:2]]
            right = [example.right[rng.integers(len(example.right))], wrong[0]]
            texts = wrong if rng.random() < _NOTHING and len(wrong) > 1 else right
            groups.append((example.question, [_untitled(*each) if rng.random() < 0.25 else each for each in texts]))
        yield groups


def _untitled(text: Text, places: tuple[tuple[int, int], ...]) -> tuple[Text, tuple[tuple[int, int], ...]]:
    """Without its title: the line end alone is left of it."""
    cut = int(text.segments[1]) - 1
    segments = np.concatenate([[0], text.segments[1:] - cut])
    shorter = Text(text.characters[cut:], text.words[cut:], text.starts[cut:], segments)
    return shorter, tuple((first - cut, last - cut) for first, last in places)


def _measured(network: nn.Module, known: NDArray[np.uint32], held: Sequence[Example]) -> tuple[float, float]:
    """(character F1, share exactly right) of the piece chosen in the right passage."""
    network.eval()
    total = exact = 0.0
    with torch.no_grad():
        for begin in range(0, len(held), 32):
            part = held[begin : begin + 32]
            batch = _batch(known, [(example.question, [example.right[0]]) for example in part])
            for example, scores in zip(part, network(*batch.inputs), strict=True):
                text = example.right[0][0]
                found = readings(scores[: len(text)].numpy(), text.segments)
                at = max(range(1, len(found)), key=lambda i: found[i].score)
                begins = int(text.segments[at])
                piece = "".join(map(chr, text.characters[begins + found[at].start : begins + found[at].end]))
                total += max(f1_of(piece, answer) for answer in example.answers)
                exact += piece in example.answers
    network.train()
    return total / len(held), exact / len(held)


def f1_of(a: str, b: str) -> float:
    """Return the character F1 of two texts, which are not both empty."""
    common = sum((Counter(a) & Counter(b)).values())
    return 2 * common / (len(a) + len(b))


def main() -> None:
    """Makes the questions, trains for the time given, saves."""
    from training.examples import cmrc, left_out, made  # whose word splitting the network itself does not need

    parser = argparse.ArgumentParser(description="Train the reader.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--minutes", type=float, default=75.0, help="of training (default 75)")
    parser.add_argument("--made", type=int, default=_MADE, help=f"questions made from the texts (default {_MADE})")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.manual_seed(_SEED)
    torch._dynamo.config.recompile_limit = 64  # one for each shape
    rng = np.random.default_rng(_SEED)
    asked = cmrc(options.data)
    kept = left_out([example.article for example in asked])
    held = [example for example in asked if example.article in kept][:600]
    asked = [example for example in asked if example.article not in kept]
    own = made(options.data, options.made)
    counts = Counter(
        np.concatenate([text.characters for e in [*asked, *own] for text in (e.question, e.right[0][0])]).tolist()
    )
    known = np.array(sorted(code for code, _ in counts.most_common(_COMMON)), np.uint32)
    sys.stdout.write(f"{len(asked)} questions, {len(own)} made, {len(held)} left out, {len(known)} characters\n")
    for example in own[:30]:
        sys.stdout.write("".join(map(chr, example.question.characters)) + " | " + example.answers[0] + "\n")
    sys.stdout.flush()
    model = bundled_model()
    network = Network(model.units(np.arange(model.size, dtype=np.int32)), len(known))
    compiled = torch.compile(network)
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, _RATE, weight_decay=_DECAY)
    average = torch.optim.swa_utils.get_ema_multi_avg_fn(_AVERAGE)  # type: ignore[no-untyped-call]
    averaged = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=average)
    begun, step, running = time.monotonic(), 0, 0.0
    asked_rounds, own_rounds = _endless(asked, rng), _endless(own, rng)
    while (spent := (time.monotonic() - begun) / 60 / options.minutes) < 1:
        rate = _RATE * min(1.0, (step + 1) / _WARMUP) * max(0.01, 1 - spent)
        for group in optimiser.param_groups:
            group["lr"] = rate
        # More and more of what people ask.
        groups = next(asked_rounds if rng.random() < 0.4 + 0.4 * spent else own_rounds)
        batch = _batch(known, groups)
        loss = _loss(compiled(*batch.inputs), batch.right)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, 2.0)
        optimiser.step()
        averaged.update_parameters(network)
        step += 1
        running = 0.99 * running + 0.01 * loss.item()
        if step % 100 == 0:
            sys.stdout.write(
                f"{step} {(time.monotonic() - begun) / 60:.1f} min loss {running / (1 - 0.99**step):.3f}\n"
            )
            sys.stdout.flush()
        if step % 1000 == 0:
            f1, exact = _measured(averaged.module, known, held)
            sys.stdout.write(f"left out: F1 {f1:.3f}, exact {exact:.3f}\n")
            _save(averaged.module, known, options.out)
    f1, exact = _measured(averaged.module, known, held)
    sys.stdout.write(f"{step} steps, left out: F1 {f1:.3f}, exact {exact:.3f}\n")
    _save(averaged.module, known, options.out)


def _endless(
    examples: Sequence[Example], rng: np.random.Generator
) -> Iterator[list[tuple[Text, list[tuple[Text, tuple[tuple[int, int], ...]]]]]]:
    while True:
        yield from _groups(examples, rng)


def _save(network: nn.Module, known: NDArray[np.uint32], path: Path) -> None:
    weights = {
        name: value.numpy().astype(np.float16)
        for name, value in network.state_dict().items()
        if not name.startswith("units")
    }
    np.savez(path, characters=known, **weights)


if __name__ == "__main__":
    main()
