"""Texts become vectors.

Knows the bundled static model, read without torch, and any sentence-transformers model by name. Does not know passages
or stores. Whatever is embedded is folded text, so every model gives the same vector for either script.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import UserError
from index.folding import fold
from index.hub import files_of, load

BUNDLED = "bundled"
_FOLDER = Path(__file__).parent / "assets" / "static"
_BATCH = 512  # texts split into words at once


class Embedder(Protocol):
    """What turns texts into vectors."""

    @property
    def name(self) -> str:
        """What `--model` was given."""

    @property
    def fingerprint(self) -> str:
        """Changes when the model's vectors may have changed."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of unit length (zero for a text without a known word)."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `text[start:end]`.

    `information` is the negative logarithm of a Zipf estimate of its probability, 1 / (rank · ln V): the bundled
    vocabulary is ordered by frequency in open news text, so a word's number is its rank. Unknown characters have number
    0 and tell as much as the rarest word.
    """

    start: int
    end: int
    rank: int
    information: float


class StaticModel:
    """A sentence-transformers StaticEmbedding folder, read without torch: a text is the mean of its words' vectors."""

    def __init__(self, folder: Path = _FOLDER, name: str = BUNDLED) -> None:
        weights = folder / "model.safetensors"
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._vectors, digest = _matrix(weights)
            self.fingerprint = hashlib.sha256((folder / "tokenizer.json").read_bytes() + digest).hexdigest()[:16]
            if self._tokenizer.get_vocab_size() > len(self._vectors):
                raise ValueError(f"{self._tokenizer.get_vocab_size()} words, but {len(self._vectors)} vectors")
        except Exception as error:  # tokenizers raises bare Exceptions
            raise UserError(f"{folder}: not a static embedding model ({error}).", "Install zhiwen again, or name another --model.") from error
        self.name = name
        self.size, self.dimension = (int(n) for n in self._vectors.shape)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """See Embedder. Queries and passages are treated alike."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            encodings = self._tokenizer.encode_batch_fast([fold(text) for text in texts[start : start + _BATCH]], add_special_tokens=False)
            vectors[start : start + len(encodings)] = self._means([encoding.ids for encoding in encodings])
        return vectors

    def _means(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(texts, dimension) float32: the mean vector of each list of word numbers, of unit length; zero for an empty one."""
        means = np.zeros((len(texts), self.dimension), np.float32)
        for number, ids in enumerate(texts):  # one by one: the vectors of all at once would leave the processor's cache
            if ids:
                np.add.reduce(self._vectors[ids], axis=0, out=means[number])
                means[number] /= len(ids)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), np.float32)

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each folded text, in order."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)  # the fast one knows no places
        last = self._tokenizer.get_vocab_size()
        scale = math.log(math.log(last))
        return [
            [Word(start, end, rank, math.log(rank or last) + scale) for (start, end), rank in zip(e.offsets, e.ids, strict=True)] for e in encodings
        ]

    def units(self, numbers: Sequence[int] | NDArray[np.int32]) -> NDArray[np.float32]:
        """(numbers, dimension) float32: the vectors of words, by their numbers, of unit length."""
        vectors = self._vectors[numbers]
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _matrix(path: Path) -> tuple[NDArray[np.float32], bytes]:
    """The one float32 matrix of a safetensors file, mapped rather than read, and a digest of its header and ends.

    Format: 8 bytes little-endian header length, JSON header, raw data (huggingface/safetensors, README).
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        (tensor,) = (value for key, value in header.items() if key != "__metadata__")
        if tensor["dtype"] != "F32":
            raise ValueError(f"{tensor['dtype']} weights, not F32")
        sample = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
        for place in (8 + size, max(8 + size, path.stat().st_size - 65536)):
            file.seek(place)
            sample.update(file.read(65536))
    mapped = np.memmap(path, np.float32, "r", 8 + size, tuple(tensor["shape"]))
    return mapped.view(np.ndarray), sample.digest()  # plain indexing is several times faster than memmap's own


class SentenceTransformerModel:
    """Any sentence-transformers model, from a folder, the local cache or the hub."""

    def __init__(self, name: str) -> None:
        """Raises UserError if it cannot be had."""

        def made(wanted: str, revision: str | None, only_local: bool) -> Any:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(wanted, revision=revision, local_files_only=only_local, device="cpu")

        self._model = load(name, "the model", made)
        self.name = name
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise UserError(f"the model {name} does not say how long its vectors are.", "Name a text embedding model.")
        self.dimension = int(dimension)
        self.fingerprint = _fingerprint(name, self.dimension)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """See Embedder. The model's own prompts for queries and documents are used where it has them."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if query else self._model.encode_document
        vectors = encode([fold(text) for text in texts], normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, np.float32)


def _fingerprint(name: str, dimension: int) -> str:
    """Of what a model's files hold at either end: weights, vocabulary, settings and prompts; of a name alone where they are not known."""
    sample = hashlib.sha256(f"{name}\0{dimension}".encode())
    for path in files_of(name):
        if path.suffix in (".safetensors", ".bin", ".json", ".txt", ".model"):
            with path.open("rb") as file:
                sample.update(f"{path.stat().st_size}".encode() + file.read(65536))
                file.seek(max(0, path.stat().st_size - 65536))
                sample.update(file.read(65536))
    return sample.hexdigest()[:16]


@cache
def bundled_model() -> StaticModel:
    """The model that ships with zhiwen."""
    return StaticModel()


def load_embedder(name: str) -> Embedder:
    """The embedder that `--model NAME` means. Raises UserError if it cannot be had."""
    return bundled_model() if name == BUNDLED else SentenceTransformerModel(name)
