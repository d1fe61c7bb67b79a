"""Run the bundled contextual encoder, and other networks on its vocabulary, by onnxruntime, without torch.

Knows the folder assets/encoder (tokenizer.json, vocabulary.npz, encoder.onnx), made by training/base_encoder.py and
training/onnx_export.py. Does not know passages, stores, or what the scores of another network mean.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.hub import BUNDLED, file_sample
from index.errors import UserError, first_line
from index.runtime import silence_onnxruntime
from index.text.folding import fold

FOLDER = Path(__file__).parents[1] / "assets" / "encoder"
_LONGEST = 320  # pieces; a passage of 300 characters has about 200
_QUERY, _PASSAGE = "query: ", "passage: "  # what the base was trained with (Wang et al. 2024)
_BATCH_PIECES = 4096  # pieces of a batch, filling included: 16 passages, 25 MB of states
_PADDING = 1


class Vocabulary:
    """The tokenizer, and one vector for each of its pieces."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises UserError if a file is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            with np.load(folder / "vocabulary.npz") as stored:
                self._rows: NDArray[np.int8] = stored["rows"]
                self._scales: NDArray[np.float32] = stored["scales"]
            if self._tokenizer.get_vocab_size() > len(self._rows):
                raise ValueError(f"{self._tokenizer.get_vocab_size()} pieces, but {len(self._rows)} vectors")
        except Exception as error:  # tokenizers raises bare Exceptions
            raise UserError("models.damaged", path=folder, reason=first_line(error)) from error
        # Set once: threads share the tokenizer. Of a pair this cuts the passage, as long as the question is shorter.
        self._tokenizer.enable_truncation(_LONGEST, strategy="longest_first")

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self._rows.shape[1])

    def encode(self, texts: Sequence[Any]) -> list[Any]:
        """Return the tokenizers.Encoding of each text or (question, passage) pair; of a long pair cut the longer."""
        return list(self._tokenizer.encode_batch(list(texts)))

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of pieces by their numbers: (…, width) float32 for (…) int64."""
        return self._rows[ids] * self._scales[ids]


class Network:
    """An ONNX file of training/onnx_export.py over a vocabulary."""

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        """Load the network. Raises UserError if the file is missing or damaged, or onnxruntime cannot be loaded."""
        silence_onnxruntime()
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = _processors()
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no public base; its libraries may be missing too
            raise UserError("models.damaged", path=path, reason=first_line(error)) from error
        self._vocabulary = vocabulary

    def scores(self, encodings: Sequence[Any]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return ((texts, pieces, outputs) float32, (texts, pieces) mask), filled up to the longest encoding."""
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = np.full((len(encodings), longest), _PADDING, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            types[row, :length] = [sequence == 1 for sequence in encoding.sequence_ids]
        (scores,) = self._session.run(None, {"words": self._vocabulary.vectors(ids), "mask": mask, "types": types})
        return scores, mask


def _processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows do not tell
        return os.cpu_count() or 1


class Encoder:
    """The bundled encoder: a text is the mean of its pieces' states. See index.embedding.models.Embedder."""

    name = BUNDLED

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises UserError if a file is missing or damaged."""
        self._vocabulary = bundled_vocabulary() if folder == FOLDER else Vocabulary(folder)
        self._network = Network(folder / "encoder.onnx", self._vocabulary)
        self.dimension = self._vocabulary.width
        self.fingerprint = _fingerprint(folder)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """See Embedder. Texts of like length are encoded together; the rows come in the order of the texts."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        prompt = _QUERY if query else _PASSAGE
        encodings = self._vocabulary.encode([prompt + fold(text) for text in texts])
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        begin = 0
        while begin < len(order):
            end = begin + 1
            while end < len(order) and (end + 1 - begin) * len(encodings[order[end]].ids) <= _BATCH_PIECES:
                end += 1
            part = order[begin:end]
            states, mask = self._network.scores([encodings[i] for i in part])
            sums = np.einsum("tpw,tp->tw", states, mask.astype(np.float32))
            vectors[part] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
            begin = end
        return vectors


def _fingerprint(folder: Path) -> str:
    """Hash the sizes and the first and last 64 KiB of the three files. Raises OSError if one is missing."""
    sample = hashlib.sha256()
    for name in ("tokenizer.json", "vocabulary.npz", "encoder.onnx"):
        sample.update(f"{name} {(folder / name).stat().st_size}".encode() + file_sample(folder / name))
    return sample.hexdigest()[:16]


@cache
def bundled_vocabulary() -> Vocabulary:
    """Load the vocabulary that ships with zhiwen, once; the encoder and the joint reader share it."""
    return Vocabulary()


def bundled_fingerprint() -> str:
    """Return the fingerprint of `bundled_encoder()` without loading it. Raises UserError if a file is missing."""
    try:
        return _fingerprint(FOLDER)
    except OSError as error:
        raise UserError("models.damaged", path=FOLDER, reason=first_line(error)) from error


@cache
def bundled_encoder() -> Encoder:
    """Load the encoder that ships with zhiwen, once. Raises as Encoder does."""
    return Encoder()
