"""The programs in examples/ run, as they stand, on the sample corpus."""

import csv
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _run(name, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, ROOT / "examples" / name, *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_ask_and_print(sample_store):
    answer, source = _run("ask_and_print.py", sample_store, "拓源产值").splitlines()
    assert answer.startswith("30億元以上")
    assert "湘東看項目" in source


def test_index_and_search(tmp_path):
    count, *hits = _run("index_and_search.py", ROOT / "corpus", tmp_path / "store", "拓源").splitlines()
    assert count.startswith("18 篇")
    assert len(hits) == 3
    assert "湘東看項目" in hits[0]


def test_answers_to_csv(sample_store, tmp_path):
    (tmp_path / "questions.txt").write_text("拓源产值\n\n月球上有几座火山？\n", encoding="utf-8")
    rows = list(csv.DictReader(_run("answers_to_csv.py", sample_store, tmp_path / "questions.txt").splitlines()))
    assert [row["answer"] for row in rows] == ["30億元以上", ""]
    assert rows[1]["reason"]


def test_every_example_is_tested():
    tested = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{path.name}"' in tested for path in (ROOT / "examples").glob("*.py"))
