"""What many tests share: the data beside the repository, a store of the sample corpus, and settings that never vary."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from index.reindex import reindex
from tests import pages

_ROOT = Path(__file__).parent.parent

settings.register_profile("zhiwen", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("zhiwen")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("ZHIWEN_STORE", raising=False)


@pytest.fixture(scope="session")
def shared():
    folder = _ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: real articles and questions that may not be published with the code")
    return folder


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "store"
    reindex(folder, [_ROOT / "corpus"])
    return folder


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
