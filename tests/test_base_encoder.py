"""The base encoder made from its packages: the packed file is read number by number, and the right pieces are kept."""

import struct

import numpy as np
import pytest

from training.base_encoder import PROMPTS, Packed, kept_pieces, state_of

WIDTH, LAYERS, INNER, PIECES, POSITIONS = 32, 2, 64, 10, 5


def blocks(numbers, scales):
    """Numbers from 0 to 15, 32 to a block, as the packed file holds them."""
    packed = b""
    for row, scale in zip(numbers.reshape(-1, 32), scales, strict=True):
        packed += np.float16(scale).tobytes() + (row[:16] | row[16:] << 4).astype(np.uint8).tobytes()
    return packed


def packed_file(block=32):
    """(file, float32 tensors, [(numbers, scales)] of the tensors in blocks)."""
    rng = np.random.default_rng(1)
    shapes = {"emb.word": (PIECES, WIDTH), "emb.pos": (POSITIONS, WIDTH), "emb.type": (2, WIDTH)}
    shapes |= {"emb.ln.w": (WIDTH,), "emb.ln.b": (WIDTH,)}
    for layer in range(LAYERS):
        for name in ("q", "k", "v", "ao", "fi", "fo"):
            rows, columns = (INNER if name == "fi" else WIDTH), (INNER if name == "fo" else WIDTH)
            shapes |= {f"l{layer}.{name}.w": (rows, columns), f"l{layer}.{name}.b": (rows,)}
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.w": (WIDTH,), f"l{layer}.{name}.b": (WIDTH,)}
    tensors, values = [], {}
    for name, shape in shapes.items():
        count = int(np.prod(shape))
        if name == "emb.word" or (len(shape) == 2 and name.startswith("l")):
            numbers, scales = rng.integers(0, 16, count), rng.random(count // 32).astype(np.float16)
            values[name] = (
                (numbers.reshape(-1, 32).astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
            ).reshape(shape)
            stored, kind = blocks(numbers, scales), 1
        else:
            values[name] = rng.standard_normal(shape).astype(np.float32)
            stored, kind = values[name].tobytes(), 0
        tensors.append((name, kind, count, stored))
    head = (
        b"E5S1"
        + struct.pack("<8i", 1, WIDTH, LAYERS, 4, INNER, PIECES, POSITIONS, 2)
        + struct.pack("<fi", 1e-12, block)
    )
    pieces = b"abc"
    head += struct.pack("<5iQ", 3, 0, 2, 1, 3, len(pieces)) + struct.pack("<4i", 0, 1, 2, 3) + bytes(12) + pieces
    head += struct.pack("<iI", 1, 5) + bytes(5) + struct.pack("<i", len(tensors))
    place = len(head) + sum(2 + len(name) + 21 for name, *_ in tensors)
    for name, kind, count, stored in tensors:
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, place, len(stored))
        place += len(stored)
    return head + b"".join(stored for *_, stored in tensors), values


def test_every_number_of_the_packed_file_is_read():
    data, values = packed_file()
    packed = Packed(data)
    assert (packed.width, packed.layers, packed.inner, packed.pieces, packed.types) == (WIDTH, LAYERS, INNER, PIECES, 2)
    for name, value in values.items():
        assert np.array_equal(packed.tensor(name, *value.shape), value), name


def test_kept_rows_are_those_of_the_kept_pieces_and_nothing_is_left_over():
    import torch
    from transformers import BertConfig, BertModel

    data, values = packed_file()
    kept = [0, 1, 2, 3, 7]
    state = state_of(Packed(data), kept)
    assert np.array_equal(state["embeddings.word_embeddings.weight"], values["emb.word"][kept])
    assert np.array_equal(state["encoder.layer.1.output.dense.weight"], values["l1.fo.w"])
    config = BertConfig(
        vocab_size=len(kept), hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=4,
        intermediate_size=INNER, max_position_embeddings=POSITIONS,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()}, strict=True)


@pytest.mark.parametrize("data", [b"GGUF" + bytes(100), packed_file(block=64)[0]], ids=["magic", "block"])
def test_another_kind_of_file_is_refused(data):
    with pytest.raises(SystemExit):
        Packed(data)


def test_pieces_met_twice_single_characters_prompts_and_english_are_kept():
    from tokenizers import Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.pre_tokenizers import Metaspace

    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "产值", "产", "值", "甲", "▁query", "▁passage", ":", "▁export",
              "▁Export",
              "пр", "税收"]  # fmt: skip
    tokenizer = Tokenizer(Unigram([(piece, -1.0 - 0.1 * i) for i, piece in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = Metaspace()
    kept = {pieces[i] for i in kept_pieces(tokenizer, iter(["产值甲", "产值", "税收"]), ["export"])}
    assert {"<s>", "<pad>", "</s>", "<unk>", "产值", "产", "值", "甲", "▁export", "▁Export"} <= kept
    assert {"▁query", "▁passage", ":"} <= kept
    assert not kept & {"пр", "税收"}  # met never, and once
    assert set(PROMPTS) == {"query", "document"}
