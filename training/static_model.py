"""Makes the bundled embedding model `index/assets/static/`: one learned vector per word, a text is their mean.

Knows the training text (`train/text.jsonl.xz`: articles of several sources) and the sentence-transformers directory
format. Does not know the store or the evaluation sets: nothing here reads them.

    python -m training.static_model --data ../shared/train --minutes 45

Steps: words are counted on folded text (jieba's dictionary) and become a Unigram vocabulary with their log
probabilities; titles are paired with pieces of their texts, sentences with their neighbourhood; the vectors are
trained so that a pair is closer than all other pairs of its batch (InfoNCE). One batch holds one source only, so that
script, style and subject alone never give the answer away.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import jieba
import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Sequence, Split

from index.text.folding import fold
from training.texts import training_texts

MODEL = Path(__file__).parents[1] / "index" / "assets" / "static"
_SEED = 20261122
_WORDS = 27_500  # with 192 float32 dimensions: 21 MB, inside the 25 MB a clone may carry
_DIMENSIONS = 192
_BATCH = 1024
_TEMPERATURE = 0.05
_LEARNING_RATE = 0.05  # of vectors that start as N(0, 1); the mean of many words needs large steps
_WINDOW = 300  # characters of a neighbourhood: the length of a passage
_SENTENCE = re.compile(r"[^。!?;\n]*[。!?;\n]+|[^。!?;\n]+$")


def _articles(data: Path) -> Iterator[tuple[str, str, str]]:
    """(source, folded title, folded text) of every training article, in the file's order."""
    for row in training_texts(data):
        yield row["set"], fold(row["title"]), fold(row["text"])


def _count_words(texts: list[str]) -> Counter[str]:
    return Counter(word for text in texts for word in jieba.cut(text, HMM=False))


def make_tokenizer(texts: list[str]) -> Tokenizer:
    """A Unigram tokenizer of the `_WORDS` commonest words and every character met, id 0 being the unknown."""
    with Pool(2) as pool:
        counts = sum(pool.map(_count_words, [texts[0::2], texts[1::2]]), Counter[str]())
    letters = Counter(character for text in texts for character in text if not character.isspace())
    words = {c: max(counts[c], n // 10, 1) for c, n in letters.items() if n >= 20 or c.isascii()}
    for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(words) >= _WORDS - 1:
            break
        if (
            len(word) > 1
            and not any(c.isspace() for c in word)
            and (word.isalnum() and (not word.isdecimal() or len(word) <= 4))
        ):
            words[word] = n
    total = sum(words.values())
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    tokenizer = Tokenizer(Unigram([("[UNK]", -20.0)] + [(w, math.log(n / total)) for w, n in ranked], unk_id=0))
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(r"\s+"), "removed"), Split(Regex(r"[^\p{L}\p{N}]+|\p{N}+|\p{Latin}+"), "isolated")]
    )
    return tokenizer


@dataclass(frozen=True, slots=True)
class _Texts:
    """Every sentence of one source as word ids, end to end. An article is a run of sentences."""

    ids: NDArray[np.int32]  # (words,)
    sentence_ends: NDArray[np.int64]  # (sentences + 1,) borders in ids
    article_ends: NDArray[np.int64]  # (articles + 1,) borders in sentences
    titles: list[NDArray[np.int32]]  # one an article, empty where there is none


def _tokenised(tokenizer: Tokenizer, articles: list[tuple[str, str]]) -> _Texts:
    sentences: list[str] = []
    article_ends = [0]
    for _, text in articles:
        sentences += [s for s in _SENTENCE.findall(text[:6000]) if len(s) > 5]
        article_ends.append(len(sentences))
    pieces = []
    for start in range(0, len(sentences), 20_000):
        pieces += [np.array(e.ids, np.int32) for e in tokenizer.encode_batch_fast(sentences[start : start + 20_000])]
    ends = np.cumsum([0] + [len(p) for p in pieces], dtype=np.int64)
    titles = [np.array(e.ids, np.int32) for e in tokenizer.encode_batch_fast([title for title, _ in articles])]
    return _Texts(np.concatenate(pieces), ends, np.array(article_ends, np.int64), titles)


def _pair(texts: _Texts, article: int, rng: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    """A short text and a piece of the same article that belongs to it, or None where the article is too short."""
    first, last = texts.article_ends[article], texts.article_ends[article + 1]
    if last - first < 2:
        return None
    borders = texts.sentence_ends
    centre = int(rng.integers(first, last))
    low, high = centre, centre + 1
    budget = _WINDOW * 0.6  # words, at about 1.7 characters a word
    while borders[high] - borders[low] < budget and (low > first or high < last):
        if low > first and (high >= last or rng.random() < 0.5):
            low -= 1
        else:
            high += 1
    title = texts.titles[article]
    if len(title) > 2 and rng.random() < 0.6:
        return title, texts.ids[borders[low] : borders[high]][:300]
    sentence = texts.ids[borders[centre] : borders[centre + 1]]
    if rng.random() < 0.6 and len(sentence) > 8:  # a question is shorter than a sentence
        size = int(rng.integers(4, min(16, len(sentence))))
        start = int(rng.integers(0, len(sentence) - size + 1))
        query = sentence[start : start + size]
    else:
        query = sentence[:60]
    if rng.random() < 0.5:
        return query, texts.ids[borders[low] : borders[high]][:300]
    around = np.concatenate([texts.ids[borders[low] : borders[centre]], texts.ids[borders[centre + 1] : borders[high]]])
    return (query, around[:300]) if len(around) > 10 else None


def _bags(texts: list[NDArray[np.int32]]) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.from_numpy(np.concatenate(texts).astype(np.int64))
    offsets = torch.from_numpy(np.cumsum([0] + [len(t) for t in texts[:-1]]))
    return ids, offsets


def train(sources: list[_Texts], words: int, minutes: float) -> NDArray[np.float32]:
    """(words, _DIMENSIONS) float32: the vectors after `minutes` of training."""
    rng = np.random.default_rng(_SEED)
    torch.manual_seed(_SEED)
    embedding = torch.nn.EmbeddingBag(words, _DIMENSIONS, mode="mean")
    torch.nn.init.normal_(embedding.weight)
    optimiser = torch.optim.Adam(embedding.parameters(), lr=_LEARNING_RATE)
    shares = np.array([len(s.ids) ** 0.7 for s in sources])
    shares /= shares.sum()
    start, step, mean_loss = time.monotonic(), 0, 0.0
    while (done := (time.monotonic() - start) / 60 / minutes) < 1:
        source = sources[rng.choice(len(sources), p=shares)]
        pairs: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
        for article in rng.integers(0, len(source.titles), 2 * _BATCH):
            pair = _pair(source, int(article), rng)
            if pair is not None and len(pairs) < min(_BATCH, len(source.titles) // 2):
                pairs.append(pair)
        for group in optimiser.param_groups:
            group["lr"] = _LEARNING_RATE * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done))
        queries = torch.nn.functional.normalize(embedding(*_bags([q for q, _ in pairs])))
        around = torch.nn.functional.normalize(embedding(*_bags([p for _, p in pairs])))
        scores = queries @ around.T / _TEMPERATURE
        right = torch.arange(len(pairs))
        loss = (
            torch.nn.functional.cross_entropy(scores, right) + torch.nn.functional.cross_entropy(scores.T, right)
        ) / 2
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        mean_loss = 0.99 * mean_loss + 0.01 * loss.item() if step else loss.item()
        step += 1
        if step % 200 == 0:
            sys.stderr.write(f"step {step}  loss {mean_loss:.4f}  {100 * done:.0f} %\n")
    weights = embedding.weight.detach().numpy()
    # Any common factor cancels in a unit vector; 5 digits of 32 bits are plenty and the mean stays near one.
    weights = weights / np.linalg.norm(weights, axis=1).mean()
    weights[0] = 0.0  # the unknown word says nothing
    return np.asarray(weights, np.float32)


def main() -> None:
    """Counts, tokenises, trains and saves."""
    parser = argparse.ArgumentParser(description="Train the bundled static embedding model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with text.jsonl.xz")
    parser.add_argument("--minutes", type=float, default=45, help="training time (default 45)")
    parser.add_argument("--out", type=Path, default=MODEL, help="where the model goes")
    options = parser.parse_args()

    by_source: dict[str, list[tuple[str, str]]] = {}
    for source, title, text in _articles(options.data):
        by_source.setdefault(source, []).append((title, text))
    sample = [text for articles in by_source.values() for _, text in articles[::3]]
    tokenizer = make_tokenizer(sample)
    sources = [_tokenised(tokenizer, articles) for _, articles in sorted(by_source.items())]
    sys.stderr.write(f"{tokenizer.get_vocab_size()} words, {sum(len(s.ids) for s in sources)} in the texts\n")
    weights = train(sources, tokenizer.get_vocab_size(), options.minutes)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu"
    )
    model.save(str(options.out), create_model_card=False)


if __name__ == "__main__":
    main()
