"""Floors under retrieval, on fixed samples of real questions: reranked beside fused and beside BM25 in the same run."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import Gains, gains
from qa.answering import load_models
from qa.evaluate import read_rows, store_of

EVAL = Path(__file__).parents[2] / "shared" / "eval"
# Of the first 600 questions: the most that may be left of BM25's error (measured: see docs/experiments.md).
FLOORS = {"security_news_dev_hans": 0.9, "crud_rag_news_hans": 1.0, "drcd_dev_hant": 1.0}


def test_the_share_of_the_error_by_hand():
    figures = Gains(
        *(np.array(row) for row in ([1.0, 0.5, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.5], [1.0, 0.5, 1.0]))
    ).figures()
    assert {name: figures[name] for name in ("bm25", "static", "fused", "reranked", "error_share")} == {
        "bm25": 0.5,
        "static": 0.0,
        "fused": 0.5,
        "reranked": 0.8333,
        "error_share": 0.3333,
    }
    low, high = figures["interval"]
    assert 0 <= low <= 0.3333 <= high <= 1


@pytest.mark.models
@pytest.mark.skipif(not EVAL.is_dir(), reason="the shared question sets are not beside this checkout")
@pytest.mark.parametrize("name", FLOORS)
def test_reranking_beats_bm25(name):
    rows, articles = read_rows(EVAL / f"{name}.jsonl")
    rows = rows[:600]
    with store_of(articles) as store:
        measured = gains(store, load_models(store), rows, articles)
    figures = measured.figures()
    assert figures["error_share"] <= FLOORS[name]
    assert figures["reranked"] >= figures["fused"] > figures["static"] > 0.5
