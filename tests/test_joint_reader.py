"""The joint reader without its weights: exported as torch computes it; pieces never leave their sentence."""

import json
import shutil
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.joint_reader
from qa.ask import main
from qa.joint_reader import ANSWER_FILE, BUNDLED, WEIGHTS, JointReader, _readings
from qa.question import understand
from qa.reader import ANSWER_WEIGHTS


@dataclass
class Encoded:
    """What _readings needs of a tokenizers.Encoding."""

    sequence_ids: list
    offsets: list


def encoded(text, question=3):
    """One piece for each character of a text, behind a question and its marks."""
    marks = [(None, (0, 0))]
    pieces = [*marks, *[(0, (i, i + 1)) for i in range(question)], *marks, *marks]
    pieces += [(1, (i, i + 1)) for i in range(len(text))] + marks
    return Encoded([sequence for sequence, _ in pieces], [offsets for _, offsets in pieces]), question + 3


def test_the_best_piece_of_each_sentence_is_marked():
    heading, parts = "标题\n", ["产值30亿元。", "税收5亿元。"]
    encoding, begin = encoded(heading + "".join(parts))
    scores = np.full((len(encoding.offsets), 2), -5.0, np.float32)
    place = begin + len(heading)
    scores[place + 2, 0], scores[place + 5, 1] = 3, 4  # 30亿元
    scores[place + len(parts[0]) + 2, 0], scores[place + len(parts[0]) + 4, 1] = 1, 2  # 5亿元
    first, second = _readings(scores, encoding, len(heading), [len(part) for part in parts])
    assert (parts[0][first.start : first.end], first.score) == ("30亿元", 7.0)
    assert (parts[1][second.start : second.end], second.score) == ("5亿元", 3.0)


def test_a_sentence_that_was_cut_off_has_no_piece():
    heading, parts = "\n", ["产值。", "税收。"]
    encoding, _ = encoded(heading + parts[0])
    scores = np.zeros((len(encoding.offsets), 2), np.float32)
    assert _readings(scores, encoding, 1, [3, 3])[1].score == -1e4


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 1000))
def test_a_piece_stays_in_its_sentence(lengths, seed):
    encoding, _ = encoded("标\n" + "字" * sum(lengths))
    scores = np.random.default_rng(seed).standard_normal((len(encoding.offsets), 2)).astype(np.float32)
    for reading, length in zip(_readings(scores, encoding, 2, lengths), lengths, strict=True):
        assert 0 <= reading.start < reading.end <= length
        assert reading.end - reading.start <= 40


@pytest.mark.models
def test_the_exported_network_computes_what_torch_does(tmp_path):
    import torch
    from torch import nn
    from transformers import BertConfig, BertModel

    from index.embedding.encoder import Network
    from training.onnx_export import export, save_vocabulary

    torch.manual_seed(1)
    config = BertConfig(vocab_size=50, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
    bert, head = BertModel(config, add_pooling_layer=False).eval(), nn.Linear(48, 2)
    save_vocabulary(bert.embeddings.word_embeddings.weight.detach(), tmp_path / "vocabulary.npz")
    export(bert, head, tmp_path / "network.onnx")
    with np.load(tmp_path / "vocabulary.npz") as stored:
        rows = stored["rows"] * stored["scales"]
    assert np.abs(rows - bert.embeddings.word_embeddings.weight.detach().numpy()).max() < 0.001
    network = Network(tmp_path / "network.onnx", SimpleNamespace(vectors=lambda ids: rows[ids]))
    texts = [
        SimpleNamespace(ids=[0, 7, 8, 2, 2, 9, 10, 2], sequence_ids=[None, 0, 0, None, None, 1, 1, None]),
        SimpleNamespace(ids=[0, 7, 2, 2, 20, 2], sequence_ids=[None, 0, None, None, 1, None]),
    ]
    scores, mask = network.scores(texts)
    assert mask.sum(1).tolist() == [8, 6]
    for row, text in enumerate(texts):
        ids = torch.tensor([text.ids])
        types = torch.tensor([[int(sequence == 1) for sequence in text.sequence_ids]])
        with torch.no_grad():
            states = bert(input_ids=ids, attention_mask=ids * 0 + 1, token_type_ids=types).last_hidden_state
            expected = head(states)[0].numpy()
        assert np.abs(scores[row, : len(text.ids)] - expected).max() < 0.06  # 8 bits


def test_of_a_long_pair_the_passage_is_cut():
    from index.embedding.encoder import bundled_vocabulary

    (short,) = bundled_vocabulary().encode([("产值?" * 10, "")])
    (pair,) = bundled_vocabulary().encode([("产值?" * 10, "本镇产值大增。" * 200)])
    assert len(pair.ids) == 320
    assert pair.sequence_ids.count(0) == short.sequence_ids.count(0)


def test_a_folder_may_hold_its_own_answer_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(qa.joint_reader, "Network", lambda path, vocabulary: None)
    assert JointReader(tmp_path).answer_weights == ANSWER_WEIGHTS
    (tmp_path / ANSWER_FILE).write_bytes(ANSWER_WEIGHTS.read_bytes())
    assert JointReader(tmp_path).answer_weights == tmp_path / ANSWER_FILE


_PAPER = ("青岚新闻", ["青岚造纸厂去年产纸四百余吨，", "解决了三百人的就业。", "厂长叫舒怀谷。"])
_OTHER = ("天气", ["本周六多云转晴，", "气温12到20度。"])


@pytest.mark.parametrize(
    ("question", "sentence", "piece"),
    [
        ("青岚造纸厂的厂长是谁", 2, "舒怀谷"),
        ("青岚造纸厂去年生产了多少纸", 0, "四百余吨"),
        ("给多少人提供了工作", 1, "三百人的"),
        ("Who is the director of the paper mill?", 2, "舒怀谷"),
    ],
)
def test_the_bundled_one_marks_what_is_asked_for(question, sentence, piece):
    here, other = JointReader(BUNDLED).read(understand(question), [_PAPER, _OTHER])
    best = max(range(3), key=lambda i: here[i].score)
    assert (best, _PAPER[1][best][here[best].start : here[best].end]) == (sentence, piece)
    assert here[best].score > max(reading.score for reading in other)


@pytest.mark.parametrize("name", [WEIGHTS, ANSWER_FILE])
@pytest.mark.parametrize("data", [b"", b"\0damaged", b"{}"])
def test_a_damaged_file_is_named(sample_store, tmp_path, monkeypatch, capfd, name, data):
    folder = tmp_path / "reader"
    shutil.copytree(BUNDLED, folder)
    (folder / name).write_bytes(data)
    monkeypatch.setattr(qa.joint_reader, "BUNDLED", folder)
    code = main(["拓源产值", "--reader", "joint", "--store", str(sample_store)])
    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(folder / name) in err


def test_the_bundled_one_answers_by_its_name(sample_store, capfd):
    assert main(["拓源产值", "--reader", "joint", "--json", "--store", str(sample_store)]) == 0
    assert json.loads(capfd.readouterr().out)["answer"]["text"] == "30億元以上"
