"""app.py running, and a browser that looks at it: what all tests of the page share."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds; a machine may be busy with something else


@contextmanager
def running(store, *options):
    """The address of app.py on a store; nothing it says may be a traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k.lower() not in ("no_proxy", "http_proxy", "https_proxy")}
    # A proxy that leads nowhere: neither the page nor its start may go through one.
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "ZHIWEN_LANG": "zh"}
    command = [sys.executable, str(ROOT / "app.py"), "--store", str(store), "--port", str(port), *map(str, options)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                fetched(address + "/health")
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.1)
        try:
            yield address
        finally:
            process.terminate()
            said = process.stderr.read()
        assert "Traceback" not in said, said


def fetched(address):
    """The text at an address, through no proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as response:
        return response.read().decode()


@contextmanager
def chromium(folder, size="1280,1000"):
    """A headless Chromium with its settings in a folder, that records what it asks of the network and what it says."""
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
        f"--window-size={size}",
        "--hide-scrollbars",
        "--no-proxy-server",
        "--lang=zh-CN",
        f"--user-data-dir={folder}",
    ]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driven = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield driven
    finally:
        driven.quit()


def visit(browser, address):
    """The page as somebody sees it who was never here, complete."""
    browser.get(f"{address}/health")
    browser.execute_script("localStorage.clear()")
    browser.delete_all_cookies()
    browser.get(address)
    complete(browser)


def complete(browser):
    """Waits until what was asked earlier, or the greeting, is on the page."""
    wait_for(browser, ".zw-hello, .zw-turn")
    until(lambda: browser.execute_async_script("window.zhiwen.restored.then(() => arguments[0](true))"))


def until(condition, why="it does not come to be"):
    """Waits for a condition; what it was then."""
    from selenium.common.exceptions import StaleElementReferenceException

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except StaleElementReferenceException:  # the page has drawn it anew
            pass
        time.sleep(0.05)
    raise AssertionError(why)


def wait_for(browser, selector, count=1):
    """At least so many elements, all that are seen."""
    from selenium.webdriver.common.by import By

    def seen():
        found = [element for element in browser.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return found if len(found) >= count else None

    return until(seen, f"no {selector}")


def press(browser, element):
    """Clicks on an element in the middle of the window, where nothing lies over it."""
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", element)
    element.click()


def ask(browser, question, answers):
    """The reply to a question, the so-manieth of the conversation."""
    from selenium.webdriver.common.keys import Keys

    (box,) = wait_for(browser, "#question textarea, #question input")
    box.send_keys(question, Keys.ENTER)
    return wait_for(browser, "#talk .zw", answers)[-1]


def requests(browser):
    """Every address that the browser has asked for since the last call."""
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
    return [address for address in addresses if address.startswith(("http", "ws"))]
