"""The page in a real browser and its API, against a running app.py."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def page(sample_store):
    """The address of app.py running on the sample store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k.lower() not in ("no_proxy", "http_proxy", "https_proxy")}
    # A proxy that leads nowhere: neither the page nor its start may go through one.
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(sample_store), "--port", str(port)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                _get(address + "/health")
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.2)
        yield address
        process.terminate()
        assert "Traceback" not in process.stderr.read()


def _get(address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as response:
        return response.read().decode()


def _call(address, endpoint, *values):
    """What an endpoint of the Gradio API answers: an event id first, then its data."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"{address}/gradio_api/call/{endpoint}", json.dumps({"data": values}).encode(), {"Content-Type": "application/json"}
    )
    with opener.open(request, timeout=30) as response:
        event = json.load(response)["event_id"]
    lines = _get(f"{address}/gradio_api/call/{endpoint}/{event}").splitlines()
    return lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))


def test_health_names_the_generation(page):
    assert json.loads(_get(page + "/health")) == {"generation": 1}


def test_the_api_answers_as_the_command_line_does(page, sample_store):
    event, (answered,) = _call(page, "ask", "拓源产值", 3, "", "", "", "")
    command = [sys.executable, "-m", "qa.ask", "拓源产值", "-k", "3", "--json", "--store", str(sample_store)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert event == "complete"
    assert answered["answer"]["text"] == "30億元以上"
    for reply in (answered, said):
        del reply["ms"]
    assert answered == said


def test_search_gives_passages_without_an_answer(page):
    _, (found,) = _call(page, "search", "拓源产值", 2, "", "", "", "")
    assert set(found) == {"question", "understood", "passages", "generation", "ms"}
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
    assert json.loads(_get(page + "/health")) == {"generation": 1}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A real Chromium, headless, that records what it asks of the network."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1100,1250",
        "--no-proxy-server",
        "--lang=zh-CN",
    ]:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driven = webdriver.Chrome(options=options, service=Service(driver))
    yield driven
    driven.quit()


def _ask(browser, question, answers):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    box = WebDriverWait(browser, 30).until(lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input"))
    box.send_keys(question, Keys.ENTER)
    return WebDriverWait(browser, 30).until(lambda b: len(found := b.find_elements(By.CSS_SELECTOR, ".zw")) >= answers and found)[-1]


def test_a_person_asks_in_a_browser(page, browser):
    from selenium.webdriver.common.by import By

    browser.get(page)
    answer = _ask(browser, "拓源产值", 1)
    assert answer.find_element(By.CSS_SELECTOR, ".zw-text").text == "30億元以上"
    assert [mark.text for mark in answer.find_elements(By.CSS_SELECTOR, ".zw-answer blockquote .zw-span")] == ["30億元以上"]
    assert "2023-02-03" in answer.find_element(By.CSS_SELECTOR, "cite").text
    assert len(answer.find_elements(By.CSS_SELECTOR, ".zw-passage")) == 5
    marked = answer.find_element(By.CSS_SELECTOR, ".zw-passage.zw-own .zw-span")
    assert marked.value_of_css_property("background-color") == "rgba(251, 191, 36, 1)"

    silent = _ask(browser, "如何做红烧肉？", 2)
    assert silent.find_element(By.CSS_SELECTOR, ".zw-silent").text.startswith("没有答案")

    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
    fetched = [address for address in addresses if address.startswith(("http", "ws"))]
    assert len(fetched) > 5
    assert [address for address in fetched if not address.startswith(page + "/")] == []


def test_a_follow_up_is_understood_and_can_be_switched_off(page, browser):
    from selenium.webdriver.common.by import By

    def notes(answer):
        return [note.text for note in answer.find_elements(By.CSS_SELECTOR, ".zw-note")]

    browser.get(page)
    _ask(browser, "拓源实业产值是多少？", 1)
    assert notes(_ask(browser, "那税收呢？", 2))[0] == "（理解为：拓源实业税收是多少？）"
    assert notes(_ask(browser, "利润呢", 3))[0] == "（理解为：拓源实业利润是多少？）"
    browser.find_element(By.CSS_SELECTOR, "#followups input[type=checkbox]").click()
    assert not any(note.startswith("（理解为") for note in notes(_ask(browser, "那税收呢？", 4)))
