"""README and docs/: what they show is what happens, what they link exists, what they tell was measured."""

import importlib
import json
import re
import shlex
import shutil

import pytest

from index.backfill import backfill
from tests.update_docs import CONSOLE, ROOT, documents

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
GUIDE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md")))
RESULTS = (DOCS / "results.md").read_text(encoding="utf-8")
API = (DOCS / "api.md").read_text(encoding="utf-8")


def _measured(name: str) -> dict:
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))


def _consoles():
    """A page's name, a command and its output, for every console block."""
    for path in documents():
        for command, output in CONSOLE.findall(path.read_text(encoding="utf-8")):
            yield pytest.param(command, output, id=f"{path.name}: {command}")


@pytest.fixture(scope="module")
def encoded_store(sample_store, tmp_path_factory):
    """The store of the sample corpus with the encoder's vectors, as a user has it."""
    store = tmp_path_factory.mktemp("encoded") / "store"
    shutil.copytree(sample_store, store)
    backfill(store)
    return store


@pytest.mark.parametrize(("command", "output"), list(_consoles()))
def test_shown_output_is_real_output(command, output, encoded_store, monkeypatch, capsys):
    words = shlex.split(command)
    assert words[:2] == ["python", "-m"]
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ZHIWEN_STORE", str(encoded_store))
    monkeypatch.setenv("ZHIWEN_LANG", "zh")
    monkeypatch.delenv("COLUMNS", raising=False)
    importlib.import_module(words[2]).main(words[3:])
    out, err = capsys.readouterr()
    assert (out.rstrip("\n"), err) == (output.rstrip("\n"), "")


def test_two_commands_set_up_everything():
    commands = re.findall(r"```sh setup\n(.*?)```", README, re.DOTALL)
    assert [command.strip() for command in commands] == [
        'pip install -e . && python -m qa.ask "拓源产值"',
        "pip install -e '.[test]' && python -m pytest",
    ]


def test_the_front_door_is_short():
    assert len(README.splitlines()) <= 150
    assert README.index("![") < README.index("```")


@pytest.mark.parametrize("command", ["index.reindex", "index.doctor", "qa.ask", "qa.evaluate", "app"])
def test_every_option_is_documented(command, capsys):
    with pytest.raises(SystemExit):
        importlib.import_module(command).main(["--help"])
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}:
        assert f"`{option}" in GUIDE, f"{command} {option} is not in docs/"


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_pictures_and_links_are_there(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target.split("#")[0]).exists(), target


def test_every_page_of_docs_is_linked_from_the_front_door():
    for path in DOCS.glob("*.md"):
        assert f"(docs/{path.name})" in README, path.name


def test_disk_space_is_that_measured():
    largest = next(each for each in _measured("speed")["sizes"] if each["articles"] == 23480)
    size = round(10000 * largest["disk"] / largest["articles"])
    assert f"库每一万篇新闻约 {size} MB" in README
    assert f"about {size} MB of store" in (ROOT / "README.en.md").read_text(encoding="utf-8")


def test_the_glance_at_results_is_that_measured():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.MULTILINE)
    expected = {
        name: [f"{figures[key]:.3f}" for key in ("bm25", "reranked", "sentence_hit")]
        for name, figures in _measured("quality")["sets"].items()
    }
    assert {name: row.split(" | ") for name, row in rows} == expected


def test_the_library_block_runs(sample_store, monkeypatch, tmp_path, capsys):
    (block,) = re.findall(r"```python library\n(.*?)```", API, re.DOTALL)
    (tmp_path / "store").symlink_to(sample_store)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs/api.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)$", block, re.MULTILINE)


def test_the_client_block_runs(page, capsys):
    (block,) = re.findall(r"```python served\n(.*?)```", API, re.DOTALL)
    exec(compile(block.replace("http://127.0.0.1:7860", page), "docs/api.md", "exec"), {})


def test_results_are_those_measured():
    measured = _measured("quality")
    tables = {}
    for heading, body in re.findall(r"^\| (问题集.*?) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", RESULTS, re.MULTILINE):
        tables[heading] = re.findall(r"^\| `(\w+)` \| (.*) \|$", body, re.MULTILINE)

    def cells(figures, *more):
        share = f"{figures['error_share']:.2f}（{figures['interval'][0]:.2f}–{figures['interval'][1]:.2f}）"
        return [
            *(f"{figures[key]:.3f}" for key in ("bm25", "static", "fused", "reranked")),
            share,
            *(f"{figures[key]:.3f}" for key in more),
        ]

    alone = {
        name: cells(figures, "recall@1", "sentence_hit", "answer_f1") for name, figures in measured["sets"].items()
    }
    together = {name: cells(figures) for name, figures in measured["together"].items()}
    damage = _measured("damage")
    damaged = {name: [f"{change:+.4f}" for change in changes.values()] for name, changes in damage["sets"].items()}
    for heading, expected in (("问题集", alone), ("问题集（合在一起）", together), ("问题集（损坏后）", damaged)):
        assert {name: row.split(" | ") for name, row in tables[heading]} == expected


def test_speed_is_that_measured():
    measured = _measured("speed")
    rows = [
        [cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| ([\d,]+ \|.*)\|$", RESULTS, re.MULTILINE)
    ]
    keys = (
        "build",
        "second_run",
        "one_change",
        "cold_ask",
        "search_ms_p50",
        "search_ms_p95",
        "disk",
        "build_memory",
        "ask_memory",
    )
    assert rows == [[f"{each['passages']:,}", *(f"{each[key]:.4g}" for key in keys)] for each in measured["sizes"]]
    for name, seconds in measured["references"].items():
        assert f"{name}` {seconds:.4g} 秒" in RESULTS or name.startswith("encoder")


def test_how_long_programs_wait_is_that_measured():
    measured = _measured("load")
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.、]+) \|$", RESULTS, re.MULTILINE)
    waits = [
        (float(p50), float(p95), float(each), [float(part) for part in memory.split("、")])
        for p50, p95, each, memory in rows
        if "、" in memory
    ]
    ways = [measured[way] for way in ("run", "call", "queue")]
    assert waits == [(way["p50"], way["p95"], way["each_second"], way["memory"]) for way in ways]
    assert [way["answered"] for way in ways] == [1000] * 3


def test_both_kinds_of_store_are_those_measured():
    measured = _measured("milvus")
    rows = re.findall(r"^\| (?:整个检索|只用词)：[^|]+ \| (.*) \|$", RESULTS, re.MULTILINE)
    ways = [*measured["stores"].values(), *measured["term_indexes"].values()]
    assert [[float(cell) for cell in row.split(" | ")] for row in rows] == [list(way.values()) for way in ways]
    assert f"同样的 {measured['questions']} 问（五个问题集、{measured['passages']:,} 段合在一起）" in RESULTS
    assert f"{measured['seeds']['questions']} 个种子问题，{measured['seeds']['same_answers']} 个答案相同" in RESULTS
