"""The same store in a folder and on a Milvus server: whether the same questions find the same, and which term leg is nearest.

Knows how two stores, and the ways a Milvus server can score terms, are compared. Starts milvus-lite where no server is named.

    python -m benchmarks.milvus ../shared/eval/*_han?.jsonl --seeds ../shared/eval/seed_questions.jsonl --corpus ../shared/corpus --write

The ways to score terms, all on the same passages:

    folder      tantivy, as a store in a folder does it
    vectors     the project's terms as sparse vectors, inner product (what index.milvus does)
    spelled     the project's terms, each spelled in ASCII, the server's BM25 with the tokenizer `standard`
    jieba       the folded text, the server's BM25 with the tokenizer `jieba`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.quality import gain, keep
from index.address import Address, store_place
from index.cluster import STATISTICS, Cluster
from index.corpus import Corpus, Filters
from index.folding import fold
from index.generations import read_state
from index.places import opened
from index.records import without
from index.reindex import copy_store, reindex
from index.terms import terms
from index.truth import spans
from qa.ask import Models, answer_question, load_models
from qa.evaluate import Row, read_rows, store_of
from qa.question import understand
from qa.search import search

_QUESTIONS = 500
_RESULTS = Path(__file__).parent / "results" / "milvus.json"
_Found = list[tuple[str, int]]  # (article id, start) of the ten best passages


@dataclass(frozen=True, slots=True)
class Asked:
    """What one store or leg said to all questions."""

    found: list[_Found]
    ndcg: float
    p50: float  # milliseconds
    p95: float

    def beside(self, other: Asked) -> dict[str, object]:
        """The figures, compared with those of another."""
        same = sum(set(one) == set(two) for one, two in zip(self.found, other.found, strict=True))
        ordered = sum(one == two for one, two in zip(self.found, other.found, strict=True))
        return {
            "ndcg@10": round(self.ndcg, 4),
            "same_ten": round(same / len(self.found), 4),
            "same_order": round(ordered / len(self.found), 4),
            "ms_p50": round(self.p50, 1),
            "ms_p95": round(self.p95, 1),
        }


def asked(rows: Sequence[Row], ask: Callable[[str], _Found]) -> Asked:
    """Asks everything once."""
    found, gains, spent = list[_Found](), [], []
    for row in rows:
        begun = time.perf_counter()
        found.append(ask(row.question))
        spent.append(1000 * (time.perf_counter() - begun))
        articles = list(dict.fromkeys(article for article, _ in found[-1]))
        gains.append(gain(articles.index(row.article)) if row.article in articles else 0.0)
    return Asked(found, sum(gains) / len(gains), median(spent), sorted(spent)[int(0.95 * len(spent))])


def whole(store: Corpus, models: Models) -> Callable[[str], _Found]:
    """Both legs and the reranker."""

    def ask(question: str) -> _Found:
        hits = search(store, models.embedder, understand(question), 10, reranker=models.reranker)
        return [(hit.found.article.id, hit.found.passage.start) for hit in hits]

    return ask


def leg(store: Corpus) -> Callable[[str], _Found]:
    """The term leg alone."""

    def ask(question: str) -> _Found:
        found = store.by_terms(terms(understand(question).content), 10)
        known = store.passages([passage for passage, _ in found])
        return [(known[passage].article.id, known[passage].passage.start) for passage, _ in found]

    return ask


class Analysed:
    """The passages of a store in a collection of its own, for the server to find terms in itself."""

    def __init__(self, address: Address, tokenizer: str, write: Callable[[str], str]) -> None:
        from pymilvus import DataType, Function, FunctionType, MilvusClient

        self._write = write
        self._client = MilvusClient(address.uri, db_name=address.database)
        schema = MilvusClient.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("article", DataType.VARCHAR, max_length=1000)
        schema.add_field("start", DataType.INT64)
        analyzer: dict[str, Any] = {"tokenizer": tokenizer}
        schema.add_field("text", DataType.VARCHAR, max_length=65_535, enable_analyzer=True, analyzer_params=analyzer)
        schema.add_field("scored", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(Function(name="bm25", function_type=FunctionType.BM25, input_field_names=["text"], output_field_names=["scored"]))
        indexed = self._client.prepare_index_params()
        indexed.add_index("scored", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": 1.2, "bm25_b": 0.75})
        self._name = f"compared_{tokenizer}"
        self._client.create_collection(self._name, schema=schema, index_params=indexed)
        with closing(Cluster(address)) as cluster:
            state = read_state(cluster, "Strong")
            assert state is not None
            rows = list(cluster.rows(state.settings.passages, state.where, ["id", "article", "start", "title", "text", "removed"], "Strong"))
        begun = time.perf_counter()
        for first in range(0, len(rows), 500):
            part = [
                {
                    "id": row["id"],
                    "article": row["article"],
                    "start": row["start"],
                    "text": write(f"{row['title']}\n{without(row['text'], spans(row['removed']))}"),
                }
                for row in rows[first : first + 500]
            ]
            self._client.insert(self._name, part)
        self._client.flush(self._name)
        self.seconds = time.perf_counter() - begun

    def ask(self, question: str) -> _Found:
        """The ten best for a question."""
        text = self._write(understand(question).content)
        (hits,) = self._client.search(self._name, data=[text], anns_field="scored", limit=10, output_fields=["article", "start"])
        return [(hit["entity"]["article"], hit["entity"]["start"]) for hit in hits]


def spelled(text: str) -> str:
    """Terms that a tokenizer for spaces leaves whole."""
    return " ".join("".join(f"{ord(character):x}x" for character in term) for term in terms(text))


@contextmanager
def served(named: str | None) -> Iterator[Address]:
    """The server that is named, or milvus-lite with a folder of its own."""
    if named:
        place = store_place(named)
        assert isinstance(place, Address), "--server takes an address"
        yield place
        return
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        server, database, port = start_server_in_thread(folder + "/milvus")
        try:
            yield Address(f"http://127.0.0.1:{port}")
        finally:
            server.stop(grace=0).wait()
            database.close()


def database(address: Address, name: str) -> Address:
    """A new database of a server."""
    from pymilvus import MilvusClient

    client = MilvusClient(address.uri, user=address.user, password=address.password)
    client.create_database(name)
    client.close()
    return Address(address.uri, name, address.user, address.password)


def compare(sets: Sequence[Path], server: Address) -> dict[str, object]:
    """The figures of both stores and of all ways to score terms, over the passages of all sets together."""
    rows, passages = list[Row](), dict[str, tuple[str, str, str]]()
    for path in sets:
        own, texts = read_rows(path)
        count = _QUESTIONS // len(sets)
        rows += own[:: max(1, len(own) // count)][:count]
        passages |= {text[0]: text for text in texts}
    with store_of(list(passages.values())) as folder:
        place = database(server, "eval")
        assert isinstance(folder.place, Path)
        begun = time.perf_counter()
        report = copy_store(folder.place, place)
        seconds = time.perf_counter() - begun
        weights, models = row_bytes(place), load_models(folder)
        with opened(place) as store:
            here, there = asked(rows, whole(folder, models)), asked(rows, whole(store, models))
            legs = {"folder": asked(rows, leg(folder)), "vectors": asked(rows, leg(store))}
        built = {}
        for name, tokenizer, write in (("spelled", "standard", spelled), ("jieba", "jieba", fold)):
            analysed = Analysed(place, tokenizer, write)
            legs[name], built[name] = asked(rows, analysed.ask), round(analysed.seconds, 1)
    return {
        "passages": report.passages,
        "questions": len(rows),
        "copy_seconds": round(seconds, 1),
        "row_bytes": weights,
        "stores": {"folder": here.beside(here), "milvus": there.beside(here)},
        "legs": {name: each.beside(legs["folder"]) for name, each in legs.items()},
        "analysed_seconds": built,
    }


def row_bytes(address: Address) -> dict[str, float]:
    """What a passage takes on average, before any compression or index of the server's: its vector, its terms, all its text and numbers."""
    with closing(Cluster(address)) as cluster:
        state = read_state(cluster, "Strong")
        assert state is not None
        rows = cluster.some(state.settings.passages, state.where, ["*"], "Strong", most=1000)
        statistics = sum(len(row["value"].encode()) for row in cluster.rows(STATISTICS, state.where, ["value"], "Strong"))
        passages = cluster.count(state.settings.passages, state.where, "Strong")
    other = [{name: value for name, value in row.items() if name not in ("vector", "terms")} for row in rows]
    return {
        "vector": 4.0 * state.settings.dimension,
        "terms": round(8 * sum(len(row["terms"]) for row in rows) / len(rows), 1),
        "text_and_numbers": round(sum(len(json.dumps(row, ensure_ascii=False).encode()) for row in other) / len(rows), 1),
        "statistics": round(statistics / passages, 1),
    }


def seeds(questions: Path, corpus: Path, server: Address) -> dict[str, object]:
    """How many of the answers to some questions are the same."""
    rows, _ = read_rows(questions)
    place = database(server, "seeds")
    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        reindex(Path(folder) / "store", [corpus])
        reindex(place, [corpus])
        with opened(Path(folder) / "store") as here, opened(place) as there:
            models = load_models(here)
            pairs = [[answer_question(store, models, row.question, 5, Filters()).answer for store in (here, there)] for row in rows]
    same = sum((one.text, one.sentence, one.reason) == (two.text, two.sentence, two.reason) for one, two in pairs)
    apart = max(abs(one.confidence - two.confidence) for one, two in pairs)
    return {"questions": len(pairs), "same_answers": same, "confidence_apart": round(apart, 6)}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="Compare a store on a Milvus server with the same in a folder.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument("--seeds", type=Path, required=True, metavar="QUESTIONS.jsonl", help="questions on --corpus whose answers are compared")
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--server", metavar="URL", help="a Milvus server (default: milvus-lite)")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    options = parser.parse_args()
    with served(options.server) as server:
        figures = {**compare(options.sets, server), "seeds": seeds(options.seeds, options.corpus, server)}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    if options.write:
        keep(figures, _RESULTS)


if __name__ == "__main__":
    main()
