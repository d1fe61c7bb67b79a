"""Read the bundled static embedding model without torch: a text's vector is the mean of its words' vectors.

Knows the folder's two files, tokenizer.json and model.safetensors. Does not know other models, passages or stores.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.embedding.hub import BUNDLED, STATIC
from index.errors import UserError
from index.text.folding import fold

_FOLDER = Path(__file__).parents[1] / "assets" / "static"
_BATCH = 512  # texts that the tokenizer splits at once


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `text[start:end]`.

    `information` is the negative logarithm of a Zipf estimate of its probability, 1 / (rank · ln V): the bundled
    vocabulary is ordered by frequency in open news text, so a word's number is its rank. Unknown characters have number
    0 and the information of the rarest word.
    """

    start: int
    end: int
    rank: int
    information: float


class StaticModel:
    """A sentence-transformers StaticEmbedding folder, read without torch."""

    def __init__(self, folder: Path = _FOLDER, name: str = BUNDLED) -> None:
        weights = folder / "model.safetensors"
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._vectors, digest = _matrix(weights)
            self.fingerprint = hashlib.sha256((folder / "tokenizer.json").read_bytes() + digest).hexdigest()[:16]
            if self._tokenizer.get_vocab_size() > len(self._vectors):
                raise ValueError(f"{self._tokenizer.get_vocab_size()} words, but {len(self._vectors)} vectors")
        except Exception as error:  # tokenizers raises bare Exceptions
            raise UserError("models.not_static", path=folder, reason=str(error)) from error
        self.name = name
        self.size, self.dimension = (int(n) for n in self._vectors.shape)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Embed texts as Embedder says. Queries and passages are treated alike."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            encodings = self._tokenizer.encode_batch_fast(
                [fold(text) for text in texts[start : start + _BATCH]], add_special_tokens=False
            )
            vectors[start : start + len(encodings)] = self._means([encoding.ids for encoding in encodings])
        return vectors

    def _means(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return the mean vectors of lists of word numbers: (texts, dimension) float32, unit length, zero if empty."""
        means = np.zeros((len(texts), self.dimension), np.float32)
        for number, ids in enumerate(texts):  # one by one: all vectors at once do not fit the processor's cache
            if ids:
                np.add.reduce(self._vectors[ids], axis=0, out=means[number])
                means[number] /= len(ids)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), np.float32)

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """Return the words of each folded text, in order."""
        encodings = self._tokenizer.encode_batch(
            list(texts), add_special_tokens=False
        )  # the fast variant returns no offsets
        last = self._tokenizer.get_vocab_size()
        scale = math.log(math.log(last))
        return [
            [
                Word(start, end, rank, math.log(rank or last) + scale)
                for (start, end), rank in zip(e.offsets, e.ids, strict=True)
            ]
            for e in encodings
        ]

    def units(self, numbers: Sequence[int] | NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the vectors of words by their numbers: (numbers, dimension) float32, unit length."""
        vectors = self._vectors[numbers]
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _matrix(path: Path) -> tuple[NDArray[np.float32], bytes]:
    """Map the one float32 matrix of a safetensors file into memory, and hash its header and ends.

    Format: 8 bytes little-endian header length, JSON header, raw data (huggingface/safetensors, README).
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        (tensor,) = (value for key, value in header.items() if key != "__metadata__")
        if tensor["dtype"] != "F32":
            raise ValueError(f"{tensor['dtype']} weights, not F32")
        sample = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
        for offset in (8 + size, max(8 + size, path.stat().st_size - 65536)):
            file.seek(offset)
            sample.update(file.read(65536))
    mapped = np.memmap(path, np.float32, "r", 8 + size, tuple(tensor["shape"]))
    return mapped.view(np.ndarray), sample.digest()  # indexing a plain array is several times faster than a memmap


@cache
def bundled_model() -> StaticModel:
    """Load the model that ships with zhiwen, once."""
    return StaticModel()


@cache
def static_model() -> StaticModel:
    """Return the bundled model under the name of a store without the contextual encoder's vectors."""
    model = copy(bundled_model())
    model.name = STATIC
    return model
