"""What is left of a store when its writer is killed: exactly the last committed generation, whatever the moment."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import index.embedding.models
import index.store.search_files
from index.embedding.static import bundled_model
from index.errors import UserError
from index.store.folder import Store, store_exists
from index.updating import reindex, remove, rollback
from qa.question import understand
from qa.search import search
from tests.crashes import Other
from tests.store_contents import QUESTIONS, fill, page

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of a loaded process"),
]
_SAMPLE = pytest.mark.sample
ROOT = Path(__file__).parents[1]
OTHER = "青岚图书馆新馆今年借出图书126万册，是旧馆的三倍。\n馆长说，周末的座位要提前一天预约。"


@pytest.fixture(scope="module")
def mortal():
    """Runs a command of tests/crashes.py."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "crashes.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"},
    ) as process:

        def run(action, store, root, *, last=None, seconds=None, small=2000):
            command = {
                "action": action,
                "store": str(store),
                "root": str(root),
                "last": last,
                "seconds": seconds,
                "small": small,
            }
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield run
        process.stdin.close()


def asked(folder, *, scores):
    """What a store says: its generation, and to each question the passages, with or without their scores."""
    with Store(folder) as store:
        assert store.faults() == []
        found = []
        for question in QUESTIONS:
            hits = search(
                store, Other() if store.fingerprint == Other.fingerprint else bundled_model(), understand(question), 50
            )
            found.append(
                sorted(
                    (hit.stored.article.path, hit.stored.passage.text, (hit.score, hit.cosine) if scores else 0)
                    for hit in hits
                )
            )
        return store.generation, found


def prepared(tmp_path, action):
    """A folder, a store of it, and the folder changed since in the way that `action` is to take in."""
    root, store = tmp_path / "texts", tmp_path / "store"
    fill(root, a=page(0, foot=True), b=page(1, foot=True), c=page(2), d=page(3), e=page(4, foot=True))
    if action != "first":
        reindex(store, [root])
    if action in ("add", "many"):
        fill(root, f=page(5, foot=True), g=OTHER)
    if action in ("change", "rollback", "many"):
        fill(root, c=page(2).replace("18.6公里", "22.4公里"), d=page(3) + OTHER)
    if action == "rollback":
        reindex(store, [root])
    if action in ("vanish", "many"):
        (root / "a.txt").unlink()
    if action == "swap":
        texts = [(root / f"{name}.txt").read_text() for name in "ab"]
        fill(root, a=texts[1], b=texts[0])
    return root, store


def _complete(action, store, root, monkeypatch, small):
    monkeypatch.setattr(index.store.search_files, "_SMALL", small)
    if action == "remove":
        remove(store, [str(root / "b.txt")])
    elif action == "rollback":
        rollback(store)
    elif action == "model":
        with monkeypatch.context() as patched:
            patched.setattr(index.embedding.models, "load_embedder", lambda name: Other())
            reindex(store, [root])
    else:
        reindex(store, [root])


@pytest.mark.parametrize(
    ("action", "small"),
    [
        pytest.param("first", 2000, marks=_SAMPLE),
        ("add", 2000),
        pytest.param("change", 2000, marks=_SAMPLE),
        ("change", 0),  # as a store of more than 2,000 passages is changed: in place
        ("vanish", 0),
        ("swap", 2000),
        ("remove", 2000),
        ("model", 2000),
        ("rollback", 2000),
        pytest.param("many", 0, marks=_SAMPLE),
    ],
)
def test_killed_at_any_write_point_or_moment(action, small, mortal, tmp_path, monkeypatch, capfd, everything):
    root, store = prepared(tmp_path, action)
    scores = small > 0  # in place BM25 goes on counting what is gone; made again after a crash it does not
    expected = {}
    if action != "first":
        number, said = asked(store, scores=scores)
        expected[number] = said
    whole = Path(shutil.copytree(store, tmp_path / "whole")) if store.exists() else tmp_path / "whole"
    outcome = mortal(action, whole, root, small=small)
    assert outcome["status"] == 0
    number, said = asked(whole, scores=scores)
    expected[number] = said
    final = number
    assert len(expected) == (1 if action == "first" else 2)
    assert len({json.dumps(said, ensure_ascii=False) for said in expected.values()}) == len(expected)

    chance = random.Random(f"{action} {small}")
    calls = [place for place, name in enumerate(outcome["met"]) if not name.startswith("x")]
    writes = [place for place, name in enumerate(outcome["met"]) if name.startswith("x")]
    assert len(calls) > 10
    assert len(writes) > 10
    # Of a first run every write of SQLite's counts: the file itself comes into being.
    last = [
        {"last": place} for place in [*calls, *chance.sample(writes, 6 if action != "first" else min(30, len(writes)))]
    ]
    kills = [*last, *({"seconds": chance.uniform(0.0, 0.2)} for _ in range(4))]
    assert len(kills) >= 20  # of ten kinds of change
    if not everything:
        kills = last = chance.sample(last, 5)
    died = 0
    for kill in kills:
        broken = tmp_path / "broken"
        shutil.rmtree(broken, ignore_errors=True)
        if store.exists():
            shutil.copytree(store, broken)
        outcome = mortal(action, broken, root, small=small, **kill)
        assert outcome["killed"] or outcome["status"] == 0  # that was too late
        died += outcome["killed"]
        if store_exists(broken):
            number, said = asked(broken, scores=scores)
            assert said == expected[number], kill
        else:
            assert action == "first"
            with pytest.raises(UserError, match="no store there"):
                Store(broken)
            number = 0
        if not (action in ("remove", "rollback") and number == final):  # to do it a second time would be something else
            _complete(action, broken, root, monkeypatch, small)
        again, said = asked(broken, scores=scores)
        assert (again, said) == (final, expected[final]), kill
    assert died >= len(last) - 3  # threads make a point more or less
    capfd.readouterr()
