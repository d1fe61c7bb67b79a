"""The script that trains a contextual encoder: a small one learns, and what it saves is a model by name."""

import numpy as np
import pytest

from index.embedding.models import load_embedder

pytestmark = pytest.mark.models

WORDS = ("稻田", "水库", "桥梁")


def told(word, number):
    return f"{word}旁的第{number}号牌子写着{word}的来历，过路人都会停下来看一看{word}，再往前走。" * 2


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(losses of filling in, losses of bringing near, folder) after 180 steps."""
    from training.encoder import Trainer

    articles = [(f"{word}的牌子{number}", told(word, number)) for word in WORDS for number in range(20)]
    trainer = Trainer(articles, [(f"哪块牌子讲{word}？", told(word, 3)) for word in WORDS], layers=2, width=64, batch=8)
    losses = {"filling in": [], "bringing near": []}
    for what, loss in trainer.train(180):
        losses[what].append(loss)
    folder = tmp_path_factory.mktemp("encoder")
    trainer.save(folder)
    return losses["filling in"], losses["bringing near"], folder


def test_it_learns_to_fill_in_and_to_bring_near(trained):
    assert [len(losses) for losses in trained[:2]] == [121, 59]
    for losses in trained[:2]:
        assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_what_it_saves_is_a_model_by_name(trained):
    model = load_embedder(str(trained[2]))
    assert model.dimension == 64
    vectors = model.encode([told(word, 7) for word in WORDS])
    asked = model.encode([f"哪块牌子讲{word}？" for word in WORDS], query=True)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (asked @ vectors.T).argmax(axis=1).tolist() == list(range(len(WORDS)))
