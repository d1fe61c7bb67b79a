"""Compare a store in a folder with the same store on a Milvus server, and the ways a server can score terms.

Knows how to measure how often the same questions find the same passages. Starts milvus-lite if no server is named.

    python -m benchmarks.milvus QUESTIONS.jsonl ... --seeds SEED_QUESTIONS.jsonl --corpus DIR [--server URL] [--write]

The ways to score terms, all on the same passages:

    folder      tantivy, as a store in a folder
    vectors     the project's terms as sparse vectors, inner product (as index.milvus.store)
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
from index.milvus.cluster import STATISTICS, Cluster
from index.milvus.generations import MilvusState, read_state
from index.records import without_spans
from index.store.address import MilvusAddress, parse_address
from index.store.corpus import Corpus
from index.store.database import spans
from index.store.filters import Filters
from index.store.terms import terms
from index.stores import open_store
from index.text.folding import fold
from index.updating import copy_store, reindex
from qa.answering import Models, answer_question, load_models
from qa.evaluate import GoldQuestion, read_rows, store_of
from qa.question import understand
from qa.search import search

_QUESTIONS = 500
_RESULTS = Path(__file__).parent / "results" / "milvus.json"
_Ten = list[tuple[str, int]]  # (article id, start) of the ten best passages


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one store or term index for all questions."""

    passages: list[_Ten]  # of each question
    ndcg: float  # nDCG@10
    p50: float  # milliseconds
    p95: float

    def beside(self, other: Results) -> dict[str, object]:
        """Return the figures, with the shares of questions that have the same ten passages as `other`."""
        same = sum(set(one) == set(two) for one, two in zip(self.passages, other.passages, strict=True))
        ordered = sum(one == two for one, two in zip(self.passages, other.passages, strict=True))
        return {
            "ndcg@10": round(self.ndcg, 4),
            "same_ten": round(same / len(self.passages), 4),
            "same_order": round(ordered / len(self.passages), 4),
            "ms_p50": round(self.p50, 1),
            "ms_p95": round(self.p95, 1),
        }


def ask_all(rows: Sequence[GoldQuestion], ask: Callable[[str], _Ten]) -> Results:
    """Ask every question once."""
    passages, gains, spent = list[_Ten](), [], []
    for row in rows:
        begun = time.perf_counter()
        passages.append(ask(row.question))
        spent.append(1000 * (time.perf_counter() - begun))
        articles = list(dict.fromkeys(article for article, _ in passages[-1]))
        gains.append(gain(articles.index(row.article_name)) if row.article_name in articles else 0.0)
    return Results(passages, sum(gains) / len(gains), median(spent), sorted(spent)[int(0.95 * len(spent))])


def whole(store: Corpus, models: Models) -> Callable[[str], _Ten]:
    """Return the whole search: both indexes and the reranker."""

    def ask(question: str) -> _Ten:
        hits = search(store, models.embedder, understand(question), 10, reranker=models.reranker)
        return [(hit.stored.article.id, hit.stored.passage.start) for hit in hits]

    return ask


def terms_only(store: Corpus) -> Callable[[str], _Ten]:
    """Return a search by the term index alone."""

    def ask(question: str) -> _Ten:
        best = store.by_terms(terms(understand(question).content), 10)
        stored = store.passages([passage for passage, _ in best])
        return [(stored[passage].article.id, stored[passage].passage.start) for passage, _ in best]

    return ask


class Analysed:
    """The passages of a store in a separate collection, in which the server itself finds terms."""

    def __init__(self, address: MilvusAddress, tokenizer: str, write: Callable[[str], str]) -> None:
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
        schema.add_function(
            Function(
                name="bm25", function_type=FunctionType.BM25, input_field_names=["text"], output_field_names=["scored"]
            )
        )
        indexed = self._client.prepare_index_params()
        indexed.add_index(
            "scored", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": 1.2, "bm25_b": 0.75}
        )
        self._name = f"compared_{tokenizer}"
        self._client.create_collection(self._name, schema=schema, index_params=indexed)
        with closing(Cluster(address)) as cluster:
            state = _state(cluster)
            rows = list(
                cluster.rows(
                    state.settings.passages,
                    state.where,
                    ["id", "article", "start", "title", "text", "removed"],
                    "Strong",
                )
            )
        begun = time.perf_counter()
        for first in range(0, len(rows), 500):
            part = [
                {
                    "id": row["id"],
                    "article": row["article"],
                    "start": row["start"],
                    "text": write(f"{row['title']}\n{without_spans(row['text'], spans(row['removed']))}"),
                }
                for row in rows[first : first + 500]
            ]
            self._client.insert(self._name, part)
        self._client.flush(self._name)
        self.seconds = time.perf_counter() - begun

    def ask(self, question: str) -> _Ten:
        """Return the ten best passages for a question."""
        text = self._write(understand(question).content)
        (hits,) = self._client.search(
            self._name, data=[text], anns_field="scored", limit=10, output_fields=["article", "start"]
        )
        return [(hit["entity"]["article"], hit["entity"]["start"]) for hit in hits]


def _state(cluster: Cluster) -> MilvusState:
    """Return the state of a store that was just written. Raises SystemExit if there is none."""
    state = read_state(cluster, "Strong")
    if state is None:
        raise SystemExit("no store at this address")
    return state


def spelled(text: str) -> str:
    """Spell the terms of a text in ASCII, so that a tokenizer that splits at spaces leaves them whole."""
    return " ".join("".join(f"{ord(character):x}x" for character in term) for term in terms(text))


@contextmanager
def served(named: str | None) -> Iterator[MilvusAddress]:
    """Yield the address of the named server, or of a milvus-lite with a temporary folder."""
    if named:
        address = parse_address(named)
        if not isinstance(address, MilvusAddress):
            raise SystemExit("--server takes an address")
        yield address
        return
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        server, database, port = start_server_in_thread(folder + "/milvus")
        try:
            yield MilvusAddress(f"http://127.0.0.1:{port}")
        finally:
            server.stop(grace=0).wait()
            database.close()


def database(address: MilvusAddress, name: str) -> MilvusAddress:
    """Create a database on a server and return its address."""
    from pymilvus import MilvusClient

    client = MilvusClient(address.uri, user=address.user, password=address.password)
    client.create_database(name)
    client.close()
    return MilvusAddress(address.uri, name, address.user, address.password)


def compare(sets: Sequence[Path], server: MilvusAddress) -> dict[str, object]:
    """Measure both stores and all ways to score terms, over the passages of all sets together."""
    rows, passages = list[GoldQuestion](), dict[str, tuple[str, str, str]]()
    for path in sets:
        own, texts = read_rows(path)
        count = _QUESTIONS // len(sets)
        rows += own[:: max(1, len(own) // count)][:count]
        passages |= {text[0]: text for text in texts}
    with store_of(list(passages.values())) as folder:
        address = database(server, "eval")
        if not isinstance(folder.address, Path):
            raise SystemExit("the reference store is not a folder")
        begun = time.perf_counter()
        report = copy_store(folder.address, address)
        seconds = time.perf_counter() - begun
        weights, models = row_bytes(address), load_models(folder)
        with open_store(address) as store:
            here, there = ask_all(rows, whole(folder, models)), ask_all(rows, whole(store, models))
            term_indexes = {"folder": ask_all(rows, terms_only(folder)), "vectors": ask_all(rows, terms_only(store))}
        built = {}
        for name, tokenizer, write in (("spelled", "standard", spelled), ("jieba", "jieba", fold)):
            analysed = Analysed(address, tokenizer, write)
            term_indexes[name], built[name] = ask_all(rows, analysed.ask), round(analysed.seconds, 1)
    return {
        "passages": report.passages,
        "questions": len(rows),
        "copy_seconds": round(seconds, 1),
        "row_bytes": weights,
        "stores": {"folder": here.beside(here), "milvus": there.beside(here)},
        "term_indexes": {name: each.beside(term_indexes["folder"]) for name, each in term_indexes.items()},
        "analysed_seconds": built,
    }


def row_bytes(address: MilvusAddress) -> dict[str, float]:
    """Return the average bytes of a passage by part, before the server compresses or indexes it."""
    with closing(Cluster(address)) as cluster:
        state = _state(cluster)
        rows = cluster.some(state.settings.passages, state.where, ["*"], "Strong", most=1000)
        statistics = sum(
            len(row["value"].encode()) for row in cluster.rows(STATISTICS, state.where, ["value"], "Strong")
        )
        passages = cluster.count(state.settings.passages, state.where, "Strong")
    other = [{name: value for name, value in row.items() if name not in ("vector", "terms")} for row in rows]
    return {
        "vector": 4.0 * state.settings.dimension,
        "terms": round(8 * sum(len(row["terms"]) for row in rows) / len(rows), 1),
        "text_and_numbers": round(
            sum(len(json.dumps(row, ensure_ascii=False).encode()) for row in other) / len(rows), 1
        ),
        "statistics": round(statistics / passages, 1),
    }


def seeds(questions: Path, corpus: Path, server: MilvusAddress) -> dict[str, object]:
    """Count the questions to which both stores give the same answer."""
    rows, _ = read_rows(questions)
    address = database(server, "seeds")
    with tempfile.TemporaryDirectory(prefix="zhiwen-") as folder:
        reindex(Path(folder) / "store", [corpus])
        reindex(address, [corpus])
        with open_store(Path(folder) / "store") as here, open_store(address) as there:
            models = load_models(here)
            pairs = [
                [answer_question(store, models, row.question, 5, Filters()).answer for store in (here, there)]
                for row in rows
            ]
    same = sum((one.text, one.sentence, one.reason) == (two.text, two.sentence, two.reason) for one, two in pairs)
    apart = max(abs(one.confidence - two.confidence) for one, two in pairs)
    return {"questions": len(pairs), "same_answers": same, "confidence_apart": round(apart, 6)}


def main() -> None:
    """Print the figures, and save them with --write."""
    parser = argparse.ArgumentParser(description="Compare a store on a Milvus server with the same in a folder.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    parser.add_argument(
        "--seeds",
        type=Path,
        required=True,
        metavar="QUESTIONS.jsonl",
        help="questions on --corpus whose answers are compared",
    )
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR")
    parser.add_argument("--server", metavar="URL", help="a Milvus server (default: milvus-lite)")
    parser.add_argument("--write", action="store_true", help="save the figures")
    options = parser.parse_args()
    with served(options.server) as server:
        figures = {**compare(options.sets, server), "seeds": seeds(options.seeds, options.corpus, server)}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    if options.write:
        keep(figures, _RESULTS)


if __name__ == "__main__":
    main()
