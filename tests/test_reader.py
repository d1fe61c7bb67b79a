"""The bundled reader: its arithmetic against torch, its pieces against brute force, and what it has learned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.embedding.static import bundled_model
from index.records import Span
from index.text.folding import fold
from qa.question import understand
from qa.reader import FEATURES, Reader, Reading, Text, bundled_reader, features, readings
from qa.spans import whole_piece

_QUESTION = "拓源产值多少?"
_PASSAGES = (
    ("萍乡工业", ["拓源实业实现产值30亿元以上。", "市长刘烁说,五朵金花指煤炭、陶瓷。"]),
    ("", ["晶科能源总投资220亿元。"]),
)


def text_of(segments):
    return Text.of(segments, bundled_model().words(segments))


def passage_of(title, sentences):
    return text_of([title + "\n", *sentences])


@pytest.fixture(scope="module")
def trained_like():
    """A network as training makes it, with weights by chance, and the characters it knows."""
    torch = pytest.importorskip("torch")
    from training.reader import Network

    torch.manual_seed(3)
    known = np.array(
        sorted({ord(c) for title, parts in _PASSAGES for c in "".join([title, *parts])} - {ord("晶")}), np.uint32
    )
    model = bundled_model()
    network = Network(model.units(np.arange(model.size, dtype=np.int32)), len(known)).eval()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                weight.copy_((3 * weight).half().float())  # as it is saved, and far from zero
    return network, known


def test_numpy_computes_what_torch_trains(trained_like, tmp_path):
    torch = pytest.importorskip("torch")
    from training.reader import _batch, _save

    network, known = trained_like
    _save(network, known, tmp_path / "reader.npz")
    question = text_of([_QUESTION])
    texts = [passage_of(*passage) for passage in _PASSAGES]
    with torch.no_grad():
        wanted = network(*_batch(known, [(question, [(text, ()) for text in texts])]).inputs).numpy()
    for row, text, scores in zip(wanted, texts, Reader(tmp_path / "reader.npz").scores(question, texts), strict=True):
        assert scores.dtype == np.float32
        assert scores.shape == (len(text), 2)
        np.testing.assert_allclose(scores, row[: len(text)], atol=1e-5)
        assert np.abs(scores).max() > 0.1


def test_a_passage_is_read_alike_alone_and_among_others():
    question = text_of([_QUESTION])
    texts = [passage_of(*passage) for passage in _PASSAGES]
    together = bundled_reader().scores(question, texts)
    for text, scores in zip(texts, together, strict=True):
        np.testing.assert_allclose(scores, bundled_reader().scores(question, [text])[0], atol=1e-4)


def test_what_matches_is_seen_from_both_sides():
    question, passage = text_of(["产值多少"]), passage_of("拓源", ["实现产值5亿", "税收"])
    ours, theirs = features(question, passage)
    assert ours.shape == (4, FEATURES)
    assert theirs.shape == (len(passage), FEATURES)
    assert ours[:, 0].tolist() == ours[:, 1].tolist() == [1, 1, 0, 0]
    assert [chr(c) for c, flag in zip(passage.characters, theirs[:, 1], strict=True) if flag] == ["产", "值"]
    assert not theirs[:, 2].any()  # no three characters in a row are shared
    assert [chr(c) for c, flag in zip(passage.characters, theirs[:, 3], strict=True) if flag] == ["5"]
    assert theirs[:3, 10].tolist() == [1, 1, 1]  # the title and its line end
    assert not theirs[3:, 10].any()
    # The first sentence holds what the question shares with the passage, the second nothing of it.
    assert len(set(theirs[3:9, 8])) == 1
    assert theirs[4, 8] == theirs[4, 9] > 0
    assert theirs[-1, 8] == 0


_SCORES = arrays.arrays(np.float32, st.tuples(st.integers(1, 90), st.just(2)), elements=st.floats(-20, 20, width=32))


@given(_SCORES, st.data())
def test_the_best_piece_of_each_sentence_is_the_best_of_all(scores, data):
    n = len(scores)
    cuts = data.draw(st.lists(st.integers(1, n - 1), unique=True, max_size=5)) if n > 1 else []
    borders = [0, *sorted(cuts), n]
    found = readings(scores, np.array(borders[:-1]))
    for reading, begin, end in zip(found, borders[:-1], borders[1:], strict=True):
        best = max(scores[i, 0] + scores[j, 1] for i in range(begin, end) for j in range(i, min(end, i + 60)))
        assert reading.score == pytest.approx(best)
        assert 0 <= reading.start < reading.end <= end - begin
        assert scores[begin + reading.start, 0] + scores[begin + reading.end - 1, 1] == pytest.approx(best)


@pytest.mark.parametrize(
    ("question", "sentences", "piece"),
    [
        ("大桥全长多少公里？", ["大桥于2023年5月1日通车。", "全长18.6公里,用钢3.2万吨。"], "18.6公里"),
        ("大桥什么时候通车？", ["大桥于2023年5月1日通车。", "全长18.6公里,用钢3.2万吨。"], "2023年5月1日"),
        ("青岚市市长是谁？", ["会议在青岚市召开。", "青岚市市长骆晨钟说,大桥是新的起点。"], "骆晨钟"),
        (
            "系统由哪家公司开发？",
            ["老师可以试用。", "系统由竹汐软件有限公司开发,已有三所学校使用。"],
            "竹汐软件有限公司",
        ),
    ],
)
def test_it_reads(question, sentences, piece):
    (found,) = bundled_reader().read(understand(question), [("", [fold(sentence) for sentence in sentences])])
    best = max(range(len(found)), key=lambda i: found[i].score)
    whole = whole_piece(understand(question), fold(sentences[best]), Span(found[best].start, found[best].end))
    assert fold(sentences[best])[whole.start : whole.end] == piece


def test_no_passages():
    assert bundled_reader().read(understand("产值"), []) == []


@given(st.text(min_size=1, max_size=50), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_any_text_can_be_read(question, sentences):
    asked = "产" + question
    (found,) = bundled_reader().read(understand(asked), [("题", [fold(sentence) for sentence in sentences])])
    assert len(found) == len(sentences)
    for reading, sentence in zip(found, sentences, strict=True):
        assert isinstance(reading, Reading)
        assert 0 <= reading.start < reading.end <= len(fold(sentence))
        assert np.isfinite(reading.score)
