"""检索, 概览, the other language, a narrow screen, and the pictures of the README, in a real browser."""

import base64
import statistics
import subprocess
import sys
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages import ROOT, ask, complete, press, requests, running, until, visit, wait_for
from web.labels import WORDS

pytestmark = pytest.mark.browser

_NARROW = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


def tab(browser, place):
    found = [each for each in browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]") if each.is_displayed()][
        place
    ]
    press(browser, found)
    until(lambda: found.get_attribute("aria-selected") == "true")


def search(browser, words):
    (box,) = wait_for(browser, "#query textarea, #query input")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(words, Keys.ENTER)


def choose(browser, selector, words):
    box = wait_for(browser, f"{selector} input")[0]
    press(browser, box)
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(words)
    (option,) = until(
        lambda: [
            each
            for each in browser.find_elements(By.CSS_SELECTOR, "[role=option]")
            if each.text.strip().endswith(words)
        ]
    )
    option.click()


def test_passages_are_searched_and_filtered(page, browser):
    visit(browser, page)
    tab(browser, 1)
    search(browser, "项目投资")
    cards = wait_for(browser, "#hits .zw-passage", 10)
    assert "BM25" in cards[0].text
    assert "余弦" in cards[0].text
    assert {mark.text for mark in cards[0].find_elements(By.CSS_SELECTOR, ".zw-term")} & {
        "项目",
        "投资",
        "項目",
        "投資",
        "项目投资",
        "項目投資",
    }
    since, until_day = wait_for(browser, "#search-filters input, #search-filters textarea", 3)[:2]
    since.send_keys("2023-01-01")
    until_day.send_keys("2023年12月31日", Keys.ENTER)
    until(
        lambda: all(
            "2023-" in note.text
            for note in browser.find_elements(By.CSS_SELECTOR, "#hits .zw-passage .zw-note:nth-child(2)")
        )
    )
    before = len(browser.find_elements(By.CSS_SELECTOR, "#hits .zw-passage"))
    choose(browser, "#script", "繁体")
    until(
        lambda: all(
            "繁体" in note.text
            for note in browser.find_elements(By.CSS_SELECTOR, "#hits .zw-passage .zw-note:nth-child(2)")
        )
    )
    assert 0 < len(browser.find_elements(By.CSS_SELECTOR, "#hits .zw-passage")) <= before
    press(browser, browser.find_elements(By.CSS_SELECTOR, "#hits .zw-open")[0])
    (article,) = wait_for(browser, "#search-article .zw-article")
    assert article.find_elements(By.CSS_SELECTOR, ".zw-original .zw-here")


def test_what_is_not_found_is_explained(page, browser):
    visit(browser, page)
    tab(browser, 1)
    search(browser, "拓源产值")
    wait_for(browser, "#hits .zw-passage")
    press(browser, browser.find_element(By.CSS_SELECTOR, "#why-not button"))
    (box,) = wait_for(browser, "#expected textarea, #expected input")
    for words, told in (
        ("014_rainstorm_repost", "丢在排序"),
        ("责任编辑: 舒怀谷", "当作非正文删去了（编辑）"),
        ("没有人写过的话", "不在资料库的任何文章里"),
    ):
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(words, Keys.ENTER)
        until(lambda told=told: told in browser.find_element(By.CSS_SELECTOR, "#why").text, told)


def test_the_overview_draws_what_the_store_holds(page, browser):
    visit(browser, page)
    tab(browser, 3)
    (drawn,) = wait_for(browser, ".zw-overview")
    assert [tile.text.split("\n") for tile in drawn.find_elements(By.CSS_SELECTOR, ".zw-tile")][:2] == [
        ["18", "文章"],
        ["39", "段落"],
    ]
    figures = {
        figure.find_element(By.TAG_NAME, "figcaption").text: figure
        for figure in drawn.find_elements(By.TAG_NAME, "figure")
    }
    assert list(figures) == ["各月文章数", "来源", "字形", "损坏"]
    months = figures["各月文章数"].find_elements(By.TAG_NAME, "li")
    assert len(months) == 42  # from June 2021 to November 2024
    assert sum(int(month.get_attribute("title").split("：")[1]) for month in months) == 18
    assert figures["字形"].text.split("\n")[1:] == ["简体", "11", "繁体", "7"]
    assert figures["来源"].text.split("\n")[1:3] == ["青岚日报", "5"]
    press(browser, browser.find_element(By.CSS_SELECTOR, "#health"))
    until(lambda: "完好：18 篇、39 段" in browser.find_element(By.CSS_SELECTOR, "#health-told").text)


def test_everything_is_said_in_english_too(page, browser):
    visit(browser, page)
    press(browser, browser.find_element(By.CSS_SELECTOR, "#language"))
    until(lambda: "Ask" in [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]")])
    complete(browser)
    assert browser.execute_script("return document.documentElement.lang") == "en"
    assert ask(browser, "拓源产值", 1).find_element(By.CSS_SELECTOR, ".zw-sure").text.startswith("(very sure")
    press(browser, browser.find_element(By.CSS_SELECTOR, "#talk cite .zw-open"))
    wait_for(browser, "#article .zw-article")
    chinese = "return [...document.querySelectorAll('body *')].filter((e) => e.offsetParent && !e.closest('[lang=zh]')"
    chinese += " && [...e.childNodes].some((n) => n.nodeType === 3 && /[\\u4e00-\\u9fff]/.test(n.data))).map((e) => e.textContent.trim())"  # noqa: E501
    allowed = (
        "中文",
        "那税收呢？",
        "上年",
        "贛西",
        "corpus/",
        "青岚",
        "观察",
        "日",
        "网",
        "報",
        "闻",
        "新聞",
        "健康",
        "周刊",
        "生活",
        "在线",
        "湘江",
        "聞",
        "網",
    )
    for place in range(4):
        tab(browser, place)
        if place == 1:
            search(browser, "拓源产值")
            wait_for(browser, "#hits .zw-passage")
        wait_for(browser, ("#talk .zw", "#hits", "#listed table", ".zw-overview")[place])
        left = [text for text in browser.execute_script(chinese) if not any(word in text for word in allowed)]
        assert left == []
    browser.get(page)  # remembered
    complete(browser)
    assert "Ask" in [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]")]
    browser.get(f"{page}/?lang=zh")
    complete(browser)
    assert "问答" in [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]")]


def test_every_word_is_there_in_both_languages():
    for key, (chinese, english) in WORDS.items():
        assert chinese.strip(), key
        assert english.strip(), key
        fields = [
            sorted(piece.split("}")[0].split(":")[0] for piece in words.split("{")[1:]) for words in (chinese, english)
        ]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_a_narrow_screen_needs_no_scrolling_sideways(page, browser, shade):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", _NARROW)
    try:
        visit(browser, page)
        browser.get(f"{page}/?__theme={shade}")
        complete(browser)
        answer = ask(browser, "拓源产值", 1)
        press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
        (article,) = wait_for(browser, "#article .zw-article")
        below = browser.execute_script(
            "return arguments[1].getBoundingClientRect().top - arguments[0].getBoundingClientRect().bottom",
            answer,
            article,
        )
        assert below > 0
        for place in range(4):
            tab(browser, place)
            if place == 1:
                search(browser, "拓源产值")
                wait_for(browser, "#hits .zw-passage")
            wait_for(browser, ("#talk .zw", "#hits", "#listed table", ".zw-overview")[place])
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
            cut = browser.execute_script(
                "return [...document.querySelectorAll('button, input, textarea, h1, .zw-tile, "
                ".zw-passage')].filter((e) => e.offsetParent)"
                ".filter((e) => { const b = e.getBoundingClientRect(); return b.width && (b.left < -1 || b.right > 391); })"  # noqa: E501
                ".map((e) => e.outerHTML.slice(0, 120))"
            )
            assert cut == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_light_and_dark_are_chosen_and_remembered(page, browser):
    visit(browser, page)

    def dark():
        return "dark" in (browser.find_element(By.TAG_NAME, "body").get_attribute("class") or "")

    first = dark()
    press(browser, browser.find_element(By.CSS_SELECTOR, "#theme"))
    assert dark() is not first
    browser.get(page)
    complete(browser)
    assert dark() is not first


def test_no_tab_asks_anything_of_another_host(page, browser):
    requests(browser)
    visit(browser, page)
    assert "raw.githubusercontent.com" not in browser.page_source
    for place in range(4):
        tab(browser, place)
        wait_for(browser, ("#talk", "#query", "#listed table", ".zw-overview")[place])
    fetched = requests(browser)
    assert len(fetched) > 5
    assert [address for address in fetched if not address.startswith(page + "/")] == []


def picture(browser, name):
    """Keeps what the window shows as the README's picture of that name."""
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    (ROOT / "docs" / "pictures" / name).write_bytes(base64.b64decode(shot["data"]))
    assert (ROOT / "docs" / "pictures" / name).stat().st_size > 20_000


def test_the_pictures_of_the_readme_are_made(page, browser):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 860, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        visit(browser, page)
        browser.get(f"{page}/?__theme=light")
        complete(browser)
        answer = ask(browser, "拓源产值", 1)
        press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
        wait_for(browser, "#article .zw-article .zw-span")
        browser.execute_script("window.scrollTo(0, 0)")
        time.sleep(0.5)
        picture(browser, "ask.png")
        tab(browser, 3)
        wait_for(browser, ".zw-overview")
        browser.execute_script("window.scrollTo(0, 0)")
        time.sleep(0.5)
        picture(browser, "overview.png")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_answers_soon_after_the_start(sample_store):
    """At most 1.6 times as long as the import of gradio takes, the median of three pairs."""
    shares = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import gradio"], check=True)
        alone = time.perf_counter() - begun
        begun = time.perf_counter()
        with running(sample_store):
            shares.append((time.perf_counter() - begun) / alone)
    assert statistics.median(shares) <= 1.6
