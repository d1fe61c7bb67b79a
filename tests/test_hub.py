"""Models by name: what is looked at first, and what is run when a model cannot be had. No test reaches a network."""

import socket
import subprocess
import sys
import time

import pytest

from index.embedding.hub import files_of, load
from index.errors import UserError

CACHED = "someone/small-model"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of the hub with one revision of one model in it."""
    import huggingface_hub.constants

    snapshot = tmp_path / "hub" / "models--someone--small-model" / "snapshots" / "a1b2c3"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}", encoding="utf-8")
    (snapshot / "model.safetensors").write_bytes(b"weights")
    refs = tmp_path / "hub" / "models--someone--small-model" / "refs"
    refs.mkdir()
    (refs / "main").write_text("a1b2c3", encoding="utf-8")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return snapshot


def refused(name, make, what="the model"):
    with pytest.raises(UserError) as caught:
        load(name, what, make)
    assert "HF_ENDPOINT" in caught.value.hint or "existing" in caught.value.hint
    return caught.value.message


class Asked:
    """Remembers how it was asked; can be had from the hub only, or not at all."""

    def __init__(self, *, local=False, hub=False):
        self.calls, self._local, self._hub = [], local, hub

    def __call__(self, name, revision, only_local):
        self.calls.append((name, revision, only_local))
        if self._local if only_local else self._hub:
            return "the model"
        raise OSError("not to be had\nsecond line")


def test_what_is_on_this_machine_is_taken_without_asking_the_hub():
    asked = Asked(local=True)
    assert load("someone/model", "the model", asked) == "the model"
    assert load("someone/model@v1.5", "the model", asked) == "the model"
    assert asked.calls == [("someone/model", None, True), ("someone/model", "v1.5", True)]


def test_a_folder_is_never_looked_for_elsewhere(tmp_path):
    asked = Asked(hub=True)
    assert refused(str(tmp_path), asked) == f"the model {tmp_path} cannot be loaded (not to be had)."
    assert asked.calls == [(str(tmp_path), None, True)]


def test_a_hub_that_is_there_is_asked(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        asked = Asked(hub=True)
        assert load("someone/model@v2", "the model", asked) == "the model"
        assert asked.calls == [("someone/model", "v2", True), ("someone/model", "v2", False)]
        assert (
            refused("someone/model", Asked(), "the reader")
            == "the reader someone/model cannot be loaded (not to be had)."
        )


def test_a_hub_that_is_not_there_is_said_so_at_once(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    monkeypatch.setenv("HF_ENDPOINT", f"http://{address}")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    asked, begun = Asked(hub=True), time.monotonic()
    assert (
        refused("someone/model", asked)
        == f"the model someone/model is not in the local cache, and {address} cannot be reached."
    )
    assert time.monotonic() - begun < 30
    assert asked.calls == [("someone/model", None, True)]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert (
        refused("someone/model", asked)
        == "the model someone/model is not in the local cache, and HF_HUB_OFFLINE forbids fetching it."
    )


def test_behind_a_proxy_it_is_left_to_the_proxy(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert load("someone/model", "the model", Asked(hub=True)) == "the model"


def test_a_path_that_is_no_folder(tmp_path):
    assert refused(f"{tmp_path}/nowhere", Asked(local=True)) == f"{tmp_path}/nowhere: no such model folder."


def test_the_files_of_a_model(cache, tmp_path):
    assert [path.name for path in files_of(CACHED)] == ["config.json", "model.safetensors"]
    assert files_of(f"{CACHED}@main") == files_of(CACHED)
    assert files_of("someone/other") == []
    assert files_of("other") == []
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.json").touch()
    assert files_of(str(tmp_path / "own")) == [tmp_path / "own" / "a.json"]


@pytest.mark.models
@pytest.mark.parametrize("option", ["--rerank", "--reader"])
def test_on_the_command_line(option, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("岚桥码头的产值增长了，厂长说。", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "qa.ask", "产值", option, "someone/none"],
        cwd=tmp_path,
        env={
            "ZHIWEN_LANG": "en",
            "PYTHONPATH": str(__import__("pathlib").Path(__file__).parents[1]),
            "HF_HUB_OFFLINE": "1",
            "PATH": "",
            "HF_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    what = {"--rerank": "the reranker", "--reader": "the reader"}[option]
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(
        f"zhiwen: {what} someone/none is not in the local cache, and HF_HUB_OFFLINE forbids fetching it."
    )
    assert "Traceback" not in run.stderr
