"""The API of the page, against a running app.py."""

import json
import subprocess
import sys
import urllib.request

import pytest

from tests.pages import ROOT, fetched


def _call(address, endpoint, *values):
    """What an endpoint of the Gradio API answers: an event id first, then its data."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"{address}/gradio_api/call/{endpoint}",
        json.dumps({"data": values}).encode(),
        {"Content-Type": "application/json"},
    )
    with opener.open(request, timeout=30) as response:
        event = json.load(response)["event_id"]
    lines = fetched(f"{address}/gradio_api/call/{endpoint}/{event}").splitlines()
    return lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))


def test_health_names_the_generation(page):
    assert json.loads(fetched(page + "/health")) == {"generation": 1}


def test_the_api_answers_as_the_command_line_does(page, sample_store):
    event, (answered,) = _call(page, "ask", "拓源产值", 3, "", "", "", "")
    command = [sys.executable, "-m", "qa.ask", "拓源产值", "-k", "3", "--json", "--store", str(sample_store)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert event == "complete"
    assert answered["answer"]["text"] == "30億元以上"
    for reply in (answered, said):
        del reply["ms"]
    for passage in said["passages"]:  # a client of Gradio would take it for a file to download
        assert passage["article"].pop("path") == passage["article"]["file"]
    assert answered == said


def test_search_gives_passages_without_an_answer(page):
    _, (found,) = _call(page, "search", "拓源产值", 2, "", "", "", "")
    assert set(found) == {"question", "understood", "suggestion", "passages", "generation", "ms"}
    assert [passage["rank"] for passage in found["passages"]] == [1, 2]


def test_filters_reach_the_api(page):
    _, (found,) = _call(page, "search", "项目投资", 20, "2023-01-01", "2023-12-31", "", "")
    dates = {passage["article"]["date"] for passage in found["passages"]}
    assert dates
    assert all("2023-01-01" <= date <= "2023-12-31" for date in dates)


@pytest.mark.parametrize(("question", "k"), [("", 5), ("？！", 5), ("拓源", 0), ("字" * 10_000, 5)])
def test_a_bad_question_is_an_error_of_the_api(page, question, k):
    event, _ = _call(page, "ask", question, k, "", "", "", "")
    assert event == "error"
    assert json.loads(fetched(page + "/health")) == {"generation": 1}
