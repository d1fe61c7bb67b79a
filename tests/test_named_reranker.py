"""A cross-encoder by name: a tiny real model, its order held against what the model itself says."""

import numpy as np
import pytest

from index.errors import UserError
from index.store.folder import Store
from index.updating import reindex
from qa.ask import main
from qa.named_reranker import NamedReranker
from qa.question import understand
from qa.rerank import bundled_reranker
from qa.search import candidates, embedder_of, search
from tests.test_named_reader import saved

pytestmark = pytest.mark.models


def cross_encoder(folder, labels=1):
    """A folder with a tiny cross-encoder of random weights."""
    return str(saved(folder, head="BertForSequenceClassification", positions=256, labels=labels))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return cross_encoder(tmp_path_factory.mktemp("cross"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thirty")
    for n in range(30):
        text = "岚桥码头的产值增长。" * (1 + n % 4) + f"第{'一二三四五六七八九十'[n % 10]}车间的工人说天气很好。" * (
            1 + n // 10
        )
        (folder / f"{n:02}.txt").write_text(text, encoding="utf-8")
    reindex(folder / "store", [folder])
    return folder / "store"


def test_the_best_twenty_are_ordered_by_the_model_and_the_others_stay_behind(model, folder):
    from sentence_transformers import CrossEncoder

    question = understand("嵐橋碼頭的產值？")
    with Store(folder) as store:
        given = candidates(store, embedder_of(store), question, 30)
        before = bundled_reranker().scores(question, given, store.frequency, len(store))
        shown = np.argsort(-before, kind="stable")[:20]
        said = CrossEncoder(model, device="cpu").predict(
            [("岚桥码头的产值?", given[i].stored.passage.text.replace("，", ",")) for i in shown]
        )
        scores = NamedReranker(model).scores(question, given, store.frequency, len(store))
        np.testing.assert_allclose(scores[shown], said, atol=1e-6)
        assert len(set(np.round(said, 4))) > 3
        behind = [i for i in range(len(given)) if i not in set(shown.tolist())]
        assert max(scores[behind]) <= min(said)
        assert np.argsort(-scores[behind]).tolist() == np.argsort(-before[behind]).tolist()
        hits = search(store, embedder_of(store), question, 5, reranker=NamedReranker(model))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert {hit.score for hit in hits} <= set(scores.tolist())


def test_nothing_to_order(model):
    assert len(NamedReranker(model).scores(understand("岚桥"), [], lambda term: 1, 1)) == 0


def test_a_model_that_gives_several_scores(tmp_path):
    with pytest.raises(UserError) as caught:
        NamedReranker(cross_encoder(tmp_path, labels=3))
    assert caught.value.message == f"The model {tmp_path} gives 3 scores to a pair of texts."


def test_on_the_command_line(model, folder, capsys):
    assert main(["岚桥码头产值", "--rerank", model, "--store", str(folder)]) in (0, 1)
    assert "岚桥码头" in capsys.readouterr().out
    assert main(["岚桥码头产值", "--rerank", f"{folder}/nowhere", "--store", str(folder)]) == 2
    assert (
        capsys.readouterr().err
        == f"zhiwen: {folder}/nowhere: no such model folder.  Name an existing one, or a model by its name on the hub.\n"  # noqa: E501
    )
