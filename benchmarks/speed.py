"""Measure the time, memory and disk of a store as it grows, beside other tools in the same run.

Knows commands, clocks and how to make corpora from news items. Times the commands that a person types, as whole
processes, and search inside one process.

    python -m benchmarks.speed NEWS.jsonl[.xz] [--sizes 1000 10000 60000] [--write]

A size is a number of passages. A corpus takes the first items of the file; if there are too few, real sentences in
random order with other digits make new ones, which is good enough for size, not for quality. --write saves the figures
in benchmarks/results/speed.json, with the commit, and draws docs/pictures/speed.svg. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import provenance

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).parent / "results" / "speed.json"
_PICTURE = _ROOT / "docs" / "pictures" / "speed.svg"
_PASSAGES_EACH = 2.28  # passages of an item of the news corpus, on average
_ROWS = 20_000  # items in one file of a corpus
_QUESTIONS = 200
_TURNS = 7  # repetitions of a cold start

Item = dict[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one size: seconds and megabytes, or milliseconds if the name says so; None if not measured."""

    passages: int
    articles: int
    build: float
    build_memory: float
    second_run: float
    one_change: float
    one_removal: float
    rollback: float
    disk: float
    cold_ask: float
    libraries: float  # python -c "import numpy, faiss, tantivy"
    search_ms_p50: float
    search_ms_p95: float
    answer_ms_p50: float  # search and answer together
    answer_ms_p95: float
    ask_memory: float  # of qa.ask -
    numpy_ms_p50: float  # exact search of the vectors alone
    bm25s_build: float | None  # with jieba
    bm25s_ms_p50: float | None


def _items(news: Path) -> list[Item]:
    packed = news.read_bytes()
    return [
        json.loads(line) for line in (lzma.decompress(packed) if news.suffix == ".xz" else packed).split(b"\n") if line
    ]


def _corpus(items: Sequence[Item], passages: int, folder: Path) -> list[Item]:
    """Write a corpus of about so many passages, and return its items."""
    count = round(passages / _PASSAGES_EACH)
    made = list(items[:count])
    if count > len(items) * 1.2:
        made += _made_up(items, count - len(items))
    folder.mkdir()
    for number in range(0, len(made), _ROWS):
        rows = (
            json.dumps({"id": f"{number + offset}", **item}, ensure_ascii=False)
            for offset, item in enumerate(made[number : number + _ROWS])
        )
        (folder / f"{number // _ROWS:03d}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return made


def _made_up(items: Sequence[Item], count: int) -> Iterator[Item]:
    """Yield `count` new items of real sentences in random order, with other digits. The same every time."""
    chance = random.Random(1)  # noqa: S311
    sentences = [sentence for item in items for sentence in re.findall("[^。\n]+。", item["text"])]
    for _ in range(count):
        like = chance.choice(items)
        text = ""
        while len(text) < len(like["text"]):
            text += ("\n" if text and chance.random() < 0.3 else "") + chance.choice(sentences)
        digits = re.sub(r"\d", lambda _: chance.choice("0123456789"), text)
        yield {"title": chance.choice(items)["title"], "text": digits, "date": like.get("date", "")}


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    memory: float  # peak, in megabytes
    out: str


def _timed(*command: str, stdin: str = "") -> _Run:
    """Run Python with these arguments and time the whole process. Raises SystemExit if it ends with an error."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as source:
        source.write(stdin)
        source.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], stdin=source, stdout=out, cwd=_ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        out.seek(0)
        return _Run(round(seconds, 3), round(usage.ru_maxrss / 1024, 1), out.read())


def _median(values: Sequence[float], part: float = 0.5) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3)


def measure(items: Sequence[Item], size: int, scratch: Path) -> Figures:
    """Measure one size in a temporary folder. Raises SystemExit if a run does not report the expected change."""
    folder = scratch / str(size)
    folder.mkdir()
    corpus, store = folder / "corpus", folder / "store"
    made = _corpus(items, size, corpus)
    reindex = ("-m", "index.reindex", str(corpus), "--store", str(store), "--json")
    build = _timed(*reindex)
    second = _timed(*reindex)
    last = max(corpus.iterdir())
    rows = [row + "\n" for row in last.read_text(encoding="utf-8").split("\n") if row]
    changed = [rows[0].replace("。", "，据悉。", 1), *rows[1:]]
    last.write_text("".join(changed), encoding="utf-8")
    change = _timed(*reindex)
    last.write_text("".join(changed[:-1]), encoding="utf-8")
    removal = _timed(*reindex)
    rollback = _timed("-m", "index.reindex", "--rollback", "--store", str(store), "--json")
    for run, field in ((change, "changed"), (removal, "removed"), (rollback, "added")):
        if json.loads(run.out)[field] != 1:
            raise SystemExit(f"expected 1 article {field}, not {json.loads(run.out)[field]}")
    cold, libraries = [], []
    for turn in range(_TURNS + 1):
        asked = _timed("-m", "qa.ask", "全国粮食产量是多少", "--store", str(store)).seconds
        imported = _timed("-c", "import numpy, faiss, tantivy").seconds
        if turn:
            cold.append(asked)
            libraries.append(imported)
    questions = _questions(made)
    answers = _timed("-m", "qa.ask", "-", "--json", "--store", str(store), stdin="\n".join(questions))
    spent = [json.loads(line)["ms"] for line in answers.out.splitlines()][5:]
    search = json.loads(_timed("-m", "benchmarks.speed", str(store), "--search", stdin="\n".join(questions)).out)
    compared = _bm25s(made, questions) if size <= 100_000 else (None, None)
    report = json.loads(build.out)
    figures = Figures(
        passages=report["passages"],
        articles=report["articles"],
        build=build.seconds,
        build_memory=build.memory,
        second_run=second.seconds,
        one_change=change.seconds,
        one_removal=removal.seconds,
        rollback=rollback.seconds,
        disk=round(sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 2**20, 1),
        cold_ask=_median(cold),
        libraries=_median(libraries),
        search_ms_p50=search["search"][0],
        search_ms_p95=search["search"][1],
        answer_ms_p50=_median(spent),
        answer_ms_p95=_median(spent, 0.95),
        ask_memory=answers.memory,
        numpy_ms_p50=search["numpy"][0],
        bm25s_build=compared[0],
        bm25s_ms_p50=compared[1],
    )
    shutil.rmtree(folder)
    return figures


def _questions(items: Sequence[Item]) -> list[str]:
    """Cut pieces out of titles, such as a person types who remembers half of one."""
    chance = random.Random(2)  # noqa: S311
    titles = sorted({re.sub(r"[\W\d_]+", "", item["title"]) for item in items})
    long = [title for title in titles if len(title) >= 10]
    return [title[: chance.randrange(8, 20)] for title in chance.sample(long, min(_QUESTIONS, len(long)))]


def _search(store_folder: Path) -> None:
    """Print the milliseconds of searches without answers, and of numpy's exact search of the same vectors."""
    from index.embedding.static import bundled_model
    from index.store.database import connect, rows
    from index.store.folder import Store
    from qa.question import understand
    from qa.search import search

    spent: dict[str, list[float]] = {"search": [], "numpy": []}
    questions = [understand(line) for line in sys.stdin]
    with Store(store_folder) as store:
        for question in questions:
            spent["search"].append(_milliseconds(partial(search, store, bundled_model(), question, 10)))
    database = connect(store_folder, write=False)
    matrix = np.frombuffer(
        b"".join(row[0] for row in rows(database, "SELECT vector FROM passages")), np.float32
    ).reshape(-1, store.dimension)
    database.close()
    for question in questions[:50]:
        (vector,) = bundled_model().encode([question.folded], query=True)
        spent["numpy"].append(_milliseconds(partial(_exact, matrix, vector)))
    sys.stdout.write(
        json.dumps({name: (_median(values[5:]), _median(values[5:], 0.95)) for name, values in spent.items()}) + "\n"
    )


def _exact(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rows of the 50 nearest vectors, unordered: (50,) int64."""
    return np.argpartition(matrix @ vector, -50)[-50:]


def _milliseconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - begun)


def _bm25s(items: Sequence[Item], questions: Sequence[str]) -> tuple[float, float]:
    """Return seconds to build and milliseconds a query of bm25s over jieba's words of the whole items."""
    import bm25s
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    begun = time.perf_counter()
    retriever = bm25s.BM25()
    retriever.index([jieba.lcut(f"{item['title']}\n{item['text']}") for item in items], show_progress=False)
    build = time.perf_counter() - begun

    def ask(question: str) -> None:
        retriever.retrieve([jieba.lcut(question)], k=10, show_progress=False)

    spent = [_milliseconds(partial(ask, question)) for question in questions]
    return round(build, 1), _median(spent[5:])


def _encoder(items: Sequence[Item], scratch: Path) -> float:
    """Return the seconds that an encoder of six layers takes for the passages of all items, estimated from 256."""
    program = f"""
import json, sys, time
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizerFast
texts = json.load(sys.stdin)
folder = {str(scratch / "encoder")!r}
words = sorted({{character for text in texts for character in text if not character.isspace()}})
open(folder + ".txt", "w").write("\\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
BertTokenizerFast(vocab_file=folder + ".txt").save_pretrained(folder)
shape = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
config = BertConfig(vocab_size=len(words) + 5, **shape)
BertModel(config).save_pretrained(folder)
part = Transformer(folder, max_seq_length=512)
model = SentenceTransformer(modules=[part, Pooling(part.get_word_embedding_dimension())], device="cpu")
model.encode(texts[:16])
begun = time.perf_counter()
model.encode(texts)
print(time.perf_counter() - begun)
"""
    pieces = [
        item["text"][start : start + 240]
        for item in items[:: len(items) // 120]
        for start in range(0, len(item["text"]), 240)
    ]
    total = sum(len(range(0, len(item["text"]), 240)) for item in items)
    some = pieces[:256]
    return round(
        float(_timed("-W", "ignore", "-c", program, stdin=json.dumps(some)).out.splitlines()[-1]) * total / len(some), 1
    )


def _picture(measured: Sequence[Figures]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "zhiwen"
    from matplotlib import pyplot as plt

    figure, (times, answers, space) = plt.subplots(1, 3, figsize=(12, 4))
    sizes = [each.passages for each in measured]
    for axes, title, lines in (
        (
            times,
            "seconds",
            {
                "build": "build",
                "one changed article": "one_change",
                "second run": "second_run",
                "cold question": "cold_ask",
            },
        ),
        (
            answers,
            "milliseconds a question",
            {"search": "search_ms_p50", "search, p95": "search_ms_p95", "numpy, vectors": "numpy_ms_p50"},
        ),
        (space, "megabytes", {"disk": "disk", "memory of the build": "build_memory", "memory of qa.ask": "ask_memory"}),
    ):
        for label, name in lines.items():
            axes.plot(sizes, [getattr(each, name) for each in measured], marker="o", label=label)
        axes.set(xscale="log", yscale="log", xlabel="passages", title=title)
        axes.grid(visible=True, color="#e5e7eb")
        axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(_PICTURE, format="svg", metadata={"Date": None})


def main() -> None:
    """Print the figures of each size, and save them with --write."""
    parser = argparse.ArgumentParser(description="Time the store as it grows.")
    parser.add_argument("news", type=Path, metavar="NEWS.jsonl[.xz]")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 60_000], metavar="PASSAGES")
    parser.add_argument("--write", action="store_true", help="save the figures")
    # This program calls itself with --search to time search in a separate process.
    parser.add_argument("--search", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        _search(options.news)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as qa.ask does; the process for --search inherits it
    items = _items(options.news)
    measured = []
    with tempfile.TemporaryDirectory(prefix="zhiwen-") as scratch:
        for size in sorted(options.sizes):
            measured.append(measure(items, size, Path(scratch)))
            sys.stdout.write(json.dumps(asdict(measured[-1])) + "\n")
            sys.stdout.flush()
        references = {
            "import numpy, faiss, tantivy": statistics.median(each.libraries for each in measured),
            "import sentence_transformers": _median(
                [_timed("-W", "ignore", "-c", "import sentence_transformers").seconds for _ in range(3)]
            ),
            "encoder of six layers, all items": _encoder(items, Path(scratch)),
        }
    sys.stdout.write(json.dumps(references) + "\n")
    if options.write:
        saved = {**provenance(), "references": references, "sizes": [asdict(each) for each in measured]}
        _RESULTS.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
        _picture(measured)


if __name__ == "__main__":
    main()
