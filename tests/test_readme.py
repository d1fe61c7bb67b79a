"""The README: what it shows is what happens."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _sessions():
    """(command, output) of every console block."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        command, _, output = block.partition("\n")
        assert command.startswith("$ ")
        yield command[2:], output


@pytest.mark.parametrize(("command", "output"), list(_sessions()), ids=[command for command, _ in _sessions()])
def test_shown_output_is_real_output(command, output, sample_store):
    words = shlex.split(command)
    assert words[0] == "python"
    environment = os.environ | {"ZHIWEN_STORE": str(sample_store)}
    run = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert (run.stdout.rstrip("\n"), run.stderr) == (output.rstrip("\n"), "")


def test_two_commands_set_up_everything():
    commands = re.findall(r"```sh setup\n(.*?)```", README, re.DOTALL)
    assert [command.strip() for command in commands] == [
        'pip install -e . && python -m qa.ask "拓源产值"',
        "pip install -e '.[test]' && python -m pytest",
    ]


def test_every_option_is_told():
    for module in ("index.reindex", "index.doctor", "qa.ask", "qa.evaluate"):
        run = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, cwd=ROOT, check=True)
        for option in set(re.findall(r"--[a-z][a-z-]+", run.stdout)) - {"--help"}:
            assert f"`{option}" in README, f"{module} {option} is not in the README"


def test_pictures_and_links_are_there():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target.split("#")[0]).exists(), target


def test_results_are_those_measured():
    measured = json.loads((ROOT / "benchmarks" / "results" / "quality.json").read_text(encoding="utf-8"))
    tables = {}
    for heading, body in re.findall(r"^\| (问题集.*?) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE):
        tables[heading] = re.findall(r"^\| `(\w+)` \| (.*) \|$", body, re.MULTILINE)

    def cells(figures, *more):
        share = f"{figures['error_share']:.2f}（{figures['interval'][0]:.2f}–{figures['interval'][1]:.2f}）"
        return [*(f"{figures[key]:.3f}" for key in ("bm25", "static", "fused", "reranked")), share, *(f"{figures[key]:.3f}" for key in more)]

    alone = {name: cells(figures, "recall@1", "sentence_hit", "answer_f1") for name, figures in measured["sets"].items()}
    together = {name: cells(figures) for name, figures in measured["together"].items()}
    damage = json.loads((ROOT / "benchmarks" / "results" / "damage.json").read_text(encoding="utf-8"))
    damaged = {name: [f"{change:+.4f}" for change in changes.values()] for name, changes in damage["sets"].items()}
    for heading, expected in (("问题集", alone), ("问题集（合在一起）", together), ("问题集（损坏后）", damaged)):
        assert {name: shown.split(" | ") for name, shown in tables[heading]} == expected


def test_speed_is_that_measured():
    measured = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text(encoding="utf-8"))
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| ([\d,]+ \|.*)\|$", README, re.MULTILINE)]
    keys = ("build", "second_run", "one_change", "cold_ask", "search_ms_p50", "search_ms_p95", "disk", "build_memory", "ask_memory")
    assert rows == [[f"{each['passages']:,}", *(f"{each[key]:.4g}" for key in keys)] for each in measured["sizes"]]
    for name, seconds in measured["references"].items():
        assert f"{name}` {seconds:.4g} 秒" in README or name.startswith("encoder")


def test_what_programs_wait_is_what_was_measured():
    measured = json.loads((ROOT / "benchmarks" / "results" / "load.json").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.、]+) \|$", README, re.MULTILINE)
    told = [(float(p50), float(p95), float(each), [float(part) for part in memory.split("、")]) for p50, p95, each, memory in rows if "、" in memory]
    ways = [measured[way] for way in ("run", "call", "queue")]
    assert told == [(way["p50"], way["p95"], way["each_second"], way["memory"]) for way in ways]
    assert [way["answered"] for way in ways] == [1000] * 3


def test_both_kinds_of_store_say_what_was_measured():
    measured = json.loads((ROOT / "benchmarks" / "results" / "milvus.json").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (?:整个检索|只用词)：[^|]+ \| (.*) \|$", README, re.MULTILINE)
    ways = [*measured["stores"].values(), *measured["legs"].values()]
    assert [[float(cell) for cell in row.split(" | ")] for row in rows] == [list(way.values()) for way in ways]
    assert f"同样的 {measured['questions']} 问（五个问题集、{measured['passages']:,} 段合在一起）" in README
    assert f"{measured['seeds']['questions']} 个种子问题，{measured['seeds']['same_answers']} 个答案相同" in README
