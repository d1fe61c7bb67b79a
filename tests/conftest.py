"""What many tests share: the data beside the repository, a store of the sample corpus, and settings that never vary.

`pytest` alone runs the quick tier, on two workers: of the tests with a marker of _TIERS only those that are also marked
`sample`, none that read the data beside the repository, and everywhere fewer generated examples. `pytest --all` runs
everything, and so does a call that names files, tests or markers.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from index.updating import reindex
from tests import pages, servers

_ROOT = Path(__file__).parent.parent
_TIERS = {"crash", "fuzz", "browser", "milvus", "models", "slow"}

settings.register_profile("all", derandomize=True, deadline=None, max_examples=60, database=None)
settings.register_profile("quick", settings.get_profile("all"), max_examples=15)


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run everything, not only the quick tier")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Choose the tier and the number of workers, before pytest-xdist starts them."""
    if hasattr(config, "workerinput"):  # a worker runs what it is told
        return
    named = any("::" in argument or Path(argument).suffix == ".py" for argument in config.args)
    if named or config.option.markexpr:
        config.option.all = True
    elif config.pluginmanager.hasplugin("xdist") and config.option.numprocesses is None and not config.option.usepdb:
        config.option.numprocesses = 2
        config.option.dist = "loadfile"


def pytest_configure(config):
    settings.load_profile("all" if config.option.all else "quick")
    # For what lives longer than a test: sentences are compared in English; test_messages.py walks both languages.
    os.environ["ZHIWEN_LANG"] = "en"
    os.environ.pop("ZHIWEN_STORE", None)
    os.environ.pop("ZHIWEN_WORDS", None)
    os.environ["ZHIWEN_VECTORS"] = "later"  # the encoder's vectors are the subject of test_encoded.py alone


def pytest_collection_modifyitems(config, items):
    if config.option.all:
        return
    left_out = [
        item
        for item in items
        if "shared" in item.fixturenames
        or (_TIERS & {mark.name for mark in item.iter_markers()} and not item.get_closest_marker("sample"))
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def everything(request):
    """True if everything is run, False in the quick tier."""
    return request.config.option.all


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("ZHIWEN_STORE", raising=False)
    monkeypatch.setenv("ZHIWEN_LANG", "en")


@pytest.fixture(scope="session")
def shared():
    folder = _ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: real articles and questions that may not be published with the code")
    return folder


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory):
    """A store of the sample corpus, which no test changes; all workers share it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = tmp_path_factory.getbasetemp().parent / "sample"
    else:
        folder = tmp_path_factory.mktemp("sample")
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "made.lock"):
        if not (folder / "made").exists():
            reindex(folder / "store", [_ROOT / "corpus"])
            (folder / "made").touch()
    return folder / "store"


@pytest.fixture(scope="module")
def milvus_server(tmp_path_factory):
    """The address of a Milvus server, and the gate before it."""
    with servers.milvus(tmp_path_factory.mktemp("milvus") / "data") as found:
        yield found


@pytest.fixture
def place(milvus_server):
    """A database with nothing in it."""
    return servers.new_database(milvus_server[0])


@pytest.fixture
def gate(milvus_server):
    """What stands before the server; open again at the end."""
    yield milvus_server[1]
    milvus_server[1].open()


@pytest.fixture(scope="session")
def page(sample_store):
    """The address of app.py running on the sample store, which no test changes."""
    with pages.running(sample_store) as address:
        yield address


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A real Chromium, headless, that records what it asks of the network."""
    with pages.chromium(tmp_path_factory.mktemp("chromium")) as driven:
        yield driven
