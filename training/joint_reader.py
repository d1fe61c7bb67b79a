"""Trains the joint reader: one cross-encoder over question and passage, from the layers of the base encoder.

Knows the network and how it is trained. Where questions come from is training/examples.py; what makes them unanswerable
is training/near_misses.py.

    python -m training.joint_reader --data ../shared/train --base FOLDER --out FOLDER --minutes 90

Each step shows one passage a question first, and groups of two towards the end. In most groups one passage holds the
answer; in the others none does, because all are wrong or because the question was changed. One softmax over all pieces
of a group and a fixed 0 for "not here" (Clark and Gardner 2018, "Simple and Effective Multi-Paragraph Reading
Comprehension"). Single passages show twice as many answers a step; groups make the scores of passages of one question
comparable. The first layers of
the base are kept (Sajjad et al. 2023, "On the effect of dropping layers of pre-trained transformer models"); the
vectors of the vocabulary stay as they are. The training writes a checkpoint every few minutes and goes on from it when
it is started again. One article in eight of CMRC is left out, to measure on and to learn confidence from.
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from qa.joint_reader import WEIGHTS, best_piece
from training.near_misses import names_of, near_miss
from training.onnx_export import export
from training.reader import f1_of

_SEED = 20261126
_MADE = 30_000
_LONGEST = 224  # pieces of question and passage
_WINDOW = 150  # characters of a passage that are shown, and up to a sentence more: what the product shows a reader
_LAYERS = 8
_TEXTS = 16  # of a step
_SINGLE = 0.6  # share of the time in which groups are of one passage; then of two
_SORTED = 256  # groups that are sorted by length at once
_RATE, _HEAD_RATE, _DECAY, _WARMUP = 1.2e-4, 1e-3, 0.01, 60
_NOTHING, _CHANGED = 0.15, 0.15  # shares of groups without an answer: only wrong passages, a changed question
_UNTITLED = 0.2  # share of groups without titles
_SENTENCE = 80  # characters by which a window may be longer, to end with a sentence
_END = re.compile(r"[。!?;\n]")
_SAVE_EVERY = 240.0  # seconds


@dataclass(frozen=True, slots=True)
class Question:
    """A folded question, the passages (title, line end, text) with the places of its answers, and passages without."""

    question: str
    right: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]  # (passage, (first, last) characters)
    wrong: tuple[str, ...]
    answers: tuple[str, ...]
    article: str


def _plain(example: Any) -> Question:
    def text(part: Any) -> str:
        return str(part.characters.astype("<u4").tobytes().decode("utf-32-le"))

    return Question(
        text(example.question),
        tuple((text(passage), places) for passage, places in example.right),
        tuple(text(passage) for passage in example.wrong),
        example.answers,
        example.article,
    )


def questions(data: Path, count: int, cache: Path) -> tuple[list[Question], list[Question], list[Question]]:
    """(CMRC, left out of CMRC, made): made once, then read from the cache."""
    if not cache.exists():
        from training.examples import cmrc, left_out, made

        asked = [_plain(example) for example in cmrc(data)]
        kept = left_out([question.article for question in asked])
        own = [_plain(example) for example in made(data, count)]
        parts = (
            [question for question in asked if question.article not in kept],
            [question for question in asked if question.article in kept],
            own,
        )
        cache.write_bytes(pickle.dumps(parts))
    stored: tuple[list[Question], list[Question], list[Question]] = pickle.loads(cache.read_bytes())  # noqa: S301 ours
    return stored


class Network(nn.Module):
    """The layers of the base that are kept, and two scores for each piece: the first, the last of the answer."""

    def __init__(self, bert: Any, layers: Sequence[int]) -> None:
        super().__init__()
        bert.encoder.layer = nn.ModuleList([bert.encoder.layer[i] for i in layers])
        bert.config.num_hidden_layers = len(layers)
        self.bert = bert
        self.output = nn.Linear(bert.config.hidden_size, 2)
        bert.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """(texts, pieces, 2) float32."""
        states = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        return cast(Tensor, self.output(states.float()))


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts, those of a group one after the other."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    passage: Tensor  # (texts, pieces) bool: pieces of the passage
    right: Tensor  # (texts, pieces, 2)
    offsets: list[list[tuple[int, int]]]


Shown = tuple[str, str, tuple[tuple[int, int], ...]]  # question, passage, places


class Pieces:
    """Splits pairs of question and passage into numbered pieces."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_LONGEST, strategy="only_second")
        self._tokenizer.enable_padding(pad_id=1)  # masked, so that its name does not matter

    def batch(self, rows: Sequence[Shown]) -> Batch:
        """The rows as tensors, filled up to the longest."""
        encodings = self._tokenizer.encode_batch([(question, passage) for question, passage, _ in rows])
        ids = np.array([encoding.ids for encoding in encodings])
        mask = np.array([encoding.attention_mask for encoding in encodings])
        # The second sequence, without the marks around it.
        second = np.array([[s == 1 for s in encoding.sequence_ids] for encoding in encodings])
        right = np.zeros((*ids.shape, 2), np.float32)
        for i, ((_, _, places), encoding) in enumerate(zip(rows, encodings, strict=True)):
            for first, last in places:
                at = [
                    j
                    for j, (begin, end) in enumerate(encoding.offsets)
                    if second[i, j] and begin < last + 1 and end > first
                ]
                if at and encoding.offsets[at[-1]][1] > last:
                    right[i, at[0], 0] = right[i, at[-1], 1] = 1
        types = torch.from_numpy(second.astype(np.int64))
        return Batch(
            torch.from_numpy(ids),
            torch.from_numpy(mask),
            types,
            torch.from_numpy(second),
            torch.from_numpy(right),
            [encoding.offsets for encoding in encodings],
        )


def _loss(scores: Tensor, batch: Batch, size: int) -> Tensor:
    """Mean negative log likelihood of the right pieces of each group of `size` texts, or of the 0 where it has none."""
    scores = scores.masked_fill(~batch.passage[..., None], -1e4)
    groups = len(scores) // size
    scores, right = scores.view(groups, -1, 2), batch.right.view(groups, -1, 2)
    nothing = torch.zeros(groups, 1, 2)
    scores = torch.cat([scores, nothing], 1)
    right = torch.cat([right, (right.sum(1, keepdim=True) == 0).float()], 1)
    held = torch.logsumexp(scores.masked_fill(right == 0, -1e4), 1)
    return (torch.logsumexp(scores, 1) - held).mean()


def _batches(
    asked: Sequence[Question], names: Sequence[tuple[str, str]], size: int, rng: np.random.Generator
) -> Iterator[list[Shown]]:
    """Batches of groups of like length, so that little is filled up, without end."""
    while True:
        order = rng.permutation(len(asked))
        for begin in range(0, len(order) - _SORTED + 1, _SORTED):
            groups = [_group(asked[i], names, size, rng) for i in order[begin : begin + _SORTED]]
            groups.sort(key=lambda rows: max(len(question) + len(passage) for question, passage, _ in rows))
            together = _TEXTS // size
            for at in rng.permutation(_SORTED // together):
                yield [row for rows in groups[at * together : (at + 1) * together] for row in rows]


def _group(one: Question, names: Sequence[tuple[str, str]], size: int, rng: np.random.Generator) -> list[Shown]:
    """Windows of one or two passages for a question, or for a question near it that none answers."""
    passage, places = one.right[int(rng.integers(len(one.right)))]
    wrong = [one.wrong[int(j)] for j in rng.permutation(len(one.wrong))[:2]]
    question, chance = one.question, rng.random()
    if chance < _CHANGED:
        some = [names[int(j)] for j in rng.integers(0, len(names), 60)]
        changed = near_miss(question, passage, some, rng)
        if changed:
            question, places = changed, ()
    if chance > 1 - _NOTHING and len(wrong) >= size:
        rows: list[Shown] = [(question, text, ()) for text in wrong[:size]]
    else:
        rows = [(question, passage, places), *((question, text, ()) for text in wrong[: size - 1])]
    windows = [_window(row, rng) for row in rows]
    return [_untitled(row) for row in windows] if rng.random() < _UNTITLED else windows


def _window(row: Shown, rng: np.random.Generator) -> Shown:
    """The title and some sentences of the passage, those with the answer if it has one."""
    question, passage, places = row
    title = passage.find("\n") + 1
    if len(passage) - title <= _WINDOW:
        return row
    chosen = places[int(rng.integers(len(places)))][0] if places else int(rng.integers(title, len(passage)))
    begin = max(
        (match.end() for match in _END.finditer(passage, title, max(title, chosen - int(rng.integers(_WINDOW))))),
        default=title,
    )
    last = max([chosen + 1, begin + _WINDOW, *(last + 1 for first, last in places if first == chosen)])
    closing = _END.search(passage, min(last, len(passage)) - 1)
    end = min(closing.end(), last + _SENTENCE) if closing else min(len(passage), last + _SENTENCE)
    shift = begin - title
    kept = tuple((first - shift, last - shift) for first, last in places if begin <= first and last < end)
    return question, passage[:title] + passage[begin:end], kept


def _untitled(row: Shown) -> Shown:
    question, passage, places = row
    cut = passage.find("\n") + 1
    return question, passage[cut:], tuple((first - cut, last - cut) for first, last in places if first >= cut)


def measure(network: Network, pieces: Pieces, rows: Sequence[Question], names: Sequence[tuple[str, str]]) -> str:
    """F1 of the piece in a window, how often a right one is above 0 and a wrong one or a changed question below."""
    rng = np.random.default_rng(_SEED)
    network.eval()
    f1 = here = wrong = missed = changed = 0.0
    pairs: list[Shown] = []
    for one in rows:
        passage, places = one.right[0]
        other = near_miss(one.question, passage, [names[int(j)] for j in rng.integers(0, len(names), 60)], rng)
        window = _window((one.question, passage, places), rng)
        pairs += [window, _window((one.question, one.wrong[0], ()), rng), (other or "", window[1], ())]
    with torch.no_grad():
        for begin in range(0, len(pairs), 24):
            part = pairs[begin : begin + 24]
            batch = pieces.batch(part)
            for i, scores in enumerate(network(batch.ids, batch.mask, batch.types).numpy()):
                inside = np.flatnonzero(batch.passage[i].numpy())
                first, last, score = best_piece(scores[inside])
                at = begin + i
                if at % 3 == 0:
                    text = part[i][1][batch.offsets[i][inside[first]][0] : batch.offsets[i][inside[last]][1]].strip()
                    f1 += max(f1_of(text, answer) for answer in rows[at // 3].answers)
                    here += score > 0
                elif at % 3 == 1:
                    wrong += score < 0
                elif part[i][0]:
                    missed += score < 0
                    changed += 1
    network.train()
    n = len(rows)
    seen = f"changed {missed / max(changed, 1):.3f} of {changed:.0f}"
    return f"F1 {f1 / n:.3f}, here {here / n:.3f}, wrong {wrong / n:.3f}, {seen}"


def train(options: argparse.Namespace) -> None:
    """Train for the minutes given, from the last checkpoint if there is one."""
    from transformers import BertModel

    torch.manual_seed(_SEED)
    out = cast(Path, options.out)
    out.mkdir(parents=True, exist_ok=True)
    asked, held, own = questions(options.data, options.made, out / "questions.pickle")
    rng = np.random.default_rng(_SEED)
    texts = [asked[int(i)].right[0][0] for i in rng.integers(0, len(asked), 1500)]
    names = sorted({name for text in texts for name in names_of(text)})
    pieces = Pieces(options.base)
    bert: Any = BertModel.from_pretrained(str(options.base), add_pooling_layer=False, dtype=torch.float32)
    network = Network(bert, range(options.layers))
    head = list(network.output.parameters())
    body = [p for p in network.bert.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "rate": _RATE}, {"params": head, "rate": _HEAD_RATE}], _RATE, weight_decay=_DECAY
    )
    checkpoint = out / "checkpoint.pt"
    step, before = 0, 0.0
    if checkpoint.exists():
        stored = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(stored["network"])
        optimiser.load_state_dict(stored["optimiser"])
        step, before = stored["step"], stored["minutes"]
    rng = np.random.default_rng(_SEED + step)
    rounds = {
        (name, size): _batches(each, names, size, rng)
        for name, each in (("asked", asked), ("own", own))
        for size in (1, 2)
    }
    sys.stdout.write(
        f"{len(asked)} questions, {len(own)} made, {len(held)} left out, {len(names)} names, step {step}\n"
    )
    sys.stdout.flush()
    network.train()
    begun = saved = time.monotonic()
    running = 0.0
    while (spent := (before + (time.monotonic() - begun) / 60) / options.minutes) < 1:
        rate = min(1.0, (step + 1) / _WARMUP) * max(0.02, 1 - spent)
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * rate
        size = 1 if spent < _SINGLE else 2
        batch = pieces.batch(next(rounds["asked" if rng.random() < 0.6 + 0.3 * spent else "own", size]))
        with torch.autocast("cpu", torch.bfloat16, enabled=options.half):
            scores = network(batch.ids, batch.mask, batch.types)
        loss = _loss(scores.float(), batch, size)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimiser.step()
        step += 1
        running = 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            minutes = before + (time.monotonic() - begun) / 60
            sys.stdout.write(f"{step} {minutes:.1f} min loss {running / (1 - 0.98 ** min(step, 500)):.3f}\n")
            sys.stdout.flush()
        if step % 400 == 0:
            sys.stdout.write(measure(network, pieces, held[:120], names) + "\n")
            sys.stdout.flush()
        if time.monotonic() - saved > _SAVE_EVERY:
            saved = time.monotonic()
            _save(checkpoint, network, optimiser, step, before + (saved - begun) / 60)
    _save(checkpoint, network, optimiser, step, options.minutes)
    sys.stdout.write(f"{step} steps; " + measure(network, pieces, held[:400], names) + "\n")
    export(network.bert, network.output, out / WEIGHTS)


def _save(path: Path, network: Network, optimiser: Any, step: int, minutes: float) -> None:
    part = path.with_suffix(".part")
    torch.save(
        {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "minutes": minutes}, part
    )
    part.replace(path)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description="Train the joint reader.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--base", type=Path, required=True, help="folder of training.base_encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder for questions and checkpoints")
    parser.add_argument("--minutes", type=float, default=90.0, help="of training in all (default 90)")
    parser.add_argument("--layers", type=int, default=_LAYERS, help=f"of the base that are kept (default {_LAYERS})")
    parser.add_argument("--made", type=int, default=_MADE, help=f"questions made from the texts (default {_MADE})")
    parser.add_argument(
        "--half",
        action="store_true",
        help="bfloat16: faster where the processor has instructions for it (amx_bf16, avx512_bf16), else slower",
    )
    train(parser.parse_args())


if __name__ == "__main__":
    main()
