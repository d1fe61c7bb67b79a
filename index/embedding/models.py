"""Load an embedding model by name: the bundled static model, or any sentence-transformers model.

Knows both kinds behind one protocol. Does not know passages or stores. Folds every text before embedding it, so that
every model returns the same vector for both scripts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.hub import BUNDLED, STATIC, file_sample, files_of, load
from index.embedding.static import bundled_model, static_model
from index.errors import UserError
from index.text.folding import fold


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """The name to pass to `--model`."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change if the model's vectors may have changed."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Embed n texts: (n, dimension) float32, rows of unit length (zero for a text without a known word)."""


class SentenceTransformerModel:
    """A sentence-transformers model from a folder, the local cache or the hub."""

    def __init__(self, name: str) -> None:
        """Load the model. Raises UserError if it cannot be loaded."""

        def make(repo: str, revision: str | None, only_local: bool) -> Any:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(repo, revision=revision, local_files_only=only_local, device="cpu")

        self._model = load(name, "the model", make)
        self.name = name
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise UserError("models.no_dimension", name=name)
        self.dimension = int(dimension)
        self.fingerprint = _fingerprint(name, self.dimension)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Embed texts as Embedder says, with the model's own prompts for queries and documents if it has them."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if query else self._model.encode_document
        vectors = encode(
            [fold(text) for text in texts], normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, np.float32)


def _fingerprint(name: str, dimension: int) -> str:
    """Hash the first and last 64 KiB of a model's files: weights, vocabulary, settings, prompts.

    Without a list of files the name and dimension alone are hashed.
    """
    sample = hashlib.sha256(f"{name}\0{dimension}".encode())
    for path in files_of(name):
        if path.suffix in (".safetensors", ".bin", ".json", ".txt", ".model"):
            sample.update(f"{path.stat().st_size}".encode() + file_sample(path))
    return sample.hexdigest()[:16]


def load_embedder(name: str) -> Embedder:
    """Load the embedder that `--model NAME` names. Raises UserError if it cannot be loaded."""
    if name == BUNDLED:
        return bundled_model()
    return static_model() if name == STATIC else SentenceTransformerModel(name)
