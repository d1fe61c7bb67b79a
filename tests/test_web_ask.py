"""问答 in a real browser: what somebody sees who asks, opens the article, comes back."""

import json

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from index.store.filters import Filters
from index.store.folder import Store
from index.text.folding import fold
from index.updating import reindex
from qa.answering import answer_question, load_models
from tests.pages import ask, chromium, complete, press, requests, running, until, visit, wait_for
from web.feedback import BAD, GOOD, Feedback, feedback_questions, save_feedback
from web.html import PassageLink, citation

pytestmark = pytest.mark.browser


def texts(element, selector):
    return [found.text for found in element.find_elements(By.CSS_SELECTOR, selector)]


@pytest.mark.sample
def test_a_person_asks_and_opens_the_article_at_the_evidence(page, browser):
    visit(browser, page)
    answer = ask(browser, "拓源产值", 1)
    assert texts(answer, ".zw-text") == ["30億元以上"]
    assert texts(answer, ".zw-answer blockquote .zw-span") == ["30億元以上"]
    assert "很有把握" in texts(answer, ".zw-sure")[0]
    assert "2023-02-03" in texts(answer, "cite")[0]
    assert "贛西觀察網" in texts(answer, "cite")[0]
    assert len(answer.find_elements(By.CSS_SELECTOR, ".zw-passage")) == 5
    marked = answer.find_element(By.CSS_SELECTOR, ".zw-own .zw-span")
    assert marked.value_of_css_property("background-color") == "rgba(251, 191, 36, 1)"

    assert until(
        lambda: browser.execute_script(IN_SIGHT, browser.find_element(By.CSS_SELECTOR, "#question"))
    )  # the next can be asked at once

    press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
    (article,) = wait_for(browser, "#article .zw-article")
    assert texts(article, ".zw-original .zw-span") == ["30億元以上"]
    sentence = "".join(texts(article, ".zw-original .zw-sentence"))
    assert sentence.startswith("按照看項目時議定的目標")
    assert sentence.endswith("繳稅也要比上年翻一番。")
    marks = [article.find_element(By.CSS_SELECTOR, f".zw-original .{name}") for name in ("zw-span", "zw-sentence")]
    shades = {mark.value_of_css_property("background-color") for mark in marks}
    assert len(shades) == 2
    assert len(texts(article, ".zw-original p")) > 8  # paragraphs are kept, page frame and all
    assert "版權聲明" in texts(article, ".zw-original p")[-2]
    assert "版權聲明" in "".join(texts(article, ".zw-original .zw-frame"))
    until(lambda: browser.execute_script(IN_SIGHT, article.find_element(By.CSS_SELECTOR, ".zw-original .zw-span")))
    beside = browser.execute_script(
        "return [arguments[0], arguments[1]].map((e) => e.getBoundingClientRect().left)", answer, article
    )
    assert beside[0] + 400 < beside[1]


IN_SIGHT = "const box = arguments[0].getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight;"


def test_the_articles_this_was_asked_for(shared, browser, tmp_path):
    reindex(tmp_path / "store", [shared / "corpus"])
    with running(tmp_path / "store") as address:
        visit(browser, address)
        answer = ask(browser, "拓源产值", 1)
        assert [fold(text) for text in texts(answer, ".zw-answer blockquote .zw-span")] == ["30亿元以上"]
        press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
        (article,) = wait_for(browser, "#article .zw-article")
        assert [fold(text) for text in texts(article, ".zw-original .zw-span")] == ["30亿元以上"]


def test_a_card_opens_its_article_and_escape_closes_it(page, browser):
    visit(browser, page)
    answer = ask(browser, "拓源产值", 1)
    card = answer.find_elements(By.CSS_SELECTOR, ".zw-passage")[2]
    title = texts(card, ".zw-open")[0]
    press(browser, card.find_element(By.CSS_SELECTOR, ".zw-words"))
    (article,) = wait_for(browser, "#article .zw-article")
    assert texts(article, "h2")[0] in title
    shown = "".join(texts(article, ".zw-original .zw-here"))
    assert shown[:20].strip() in texts(card, ".zw-words")[0].replace("  ", "")
    article.send_keys(Keys.ESCAPE)
    until(lambda: not browser.find_elements(By.CSS_SELECTOR, ".zw-article"))
    assert browser.switch_to.active_element.get_attribute("data-open") == card.find_element(
        By.CSS_SELECTOR, ".zw-open"
    ).get_attribute("data-open")


def test_silence_looks_different_and_names_the_nearest(page, browser):
    visit(browser, page)
    silent = ask(browser, "如何做红烧肉？", 1)
    assert texts(silent, ".zw-silent")[0].startswith("没有答案")
    assert texts(silent, ".zw-silent .zw-open")[0].startswith("[1] 《")
    assert silent.find_element(By.CSS_SELECTOR, ".zw-silent").value_of_css_property("border-top-style") == "dashed"
    assert not silent.find_elements(By.CSS_SELECTOR, ".zw-answer")


def test_a_name_that_was_probably_misspelt_is_asked_again_by_a_press(page, browser):
    visit(browser, page)
    reply = ask(browser, "拓原产值", 1)
    assert texts(reply, ".zw-note")[0] == "资料库里没有“拓原”，有“拓源”。要问的是“拓源产值”吗？ 就问这个"
    press(browser, reply.find_element(By.CSS_SELECTOR, ".zw-note [data-ask]"))
    answer = wait_for(browser, "#talk .zw", 2)[-1]
    assert texts(answer, ".zw-answer .zw-text") == ["30億元以上"]
    assert texts(browser, ".zw-question") == ["拓原产值", "拓源产值"]


def test_a_follow_up_is_understood_and_can_be_switched_off(page, browser):
    visit(browser, page)
    ask(browser, "拓源实业产值是多少？", 1)
    assert texts(ask(browser, "那税收呢？", 2), ".zw-note")[0] == "（理解为：拓源实业税收是多少？）"
    assert texts(ask(browser, "利润呢", 3), ".zw-note")[0] == "（理解为：拓源实业利润是多少？）"
    press(browser, browser.find_element(By.CSS_SELECTOR, "#followups input[type=checkbox]"))
    assert not any(note.startswith("（理解为") for note in texts(ask(browser, "那税收呢？", 4), ".zw-note"))


def test_filters_narrow_what_is_asked(page, browser):
    visit(browser, page)
    press(browser, browser.find_element(By.CSS_SELECTOR, "#ask-filters button"))
    since, _ = wait_for(browser, "#ask-filters input[type=text], #ask-filters textarea", 2)[:2]
    since.send_keys("2024-01-01")
    answer = ask(browser, "拓源产值", 1)
    assert all("2024-" in line for line in texts(answer, ".zw-passage .zw-note:nth-child(2)"))
    since.send_keys(Keys.CONTROL, "a")
    since.send_keys("那天")
    assert "不是日期" in ask(browser, "拓源产值", 2).text


def test_history_survives_a_reload_and_can_be_cleared(page, browser):
    visit(browser, page)
    ask(browser, "拓源实业产值是多少？", 1)
    ask(browser, "那税收呢？", 2)
    before = texts(browser, "#talk .zw-turn")
    browser.refresh()
    complete(browser)
    assert texts(browser, "#talk .zw-turn") == before
    assert texts(ask(browser, "利润呢", 3), ".zw-note")[0] == "（理解为：拓源实业利润是多少？）"
    press(browser, browser.find_element(By.CSS_SELECTOR, "#clear"))
    wait_for(browser, ".zw-hello")
    browser.refresh()
    complete(browser)
    assert not texts(browser, "#talk .zw-turn")


def test_what_a_browser_gives_back_is_never_shown_as_html(page, browser):
    visit(browser, page)
    ask(browser, "<img src=x onerror=document.title='taken'><b>拓源产值", 1)
    browser.refresh()
    complete(browser)
    assert texts(browser, ".zw-question") == ["<img src=x onerror=document.title='taken'><b>拓源产值"]
    assert not browser.find_elements(By.CSS_SELECTOR, "#talk img")
    assert browser.title != "taken"


def test_examples_are_titles_of_the_store_and_can_be_asked(page, browser, sample_store):
    visit(browser, page)
    examples = texts(browser, ".zw-examples button")
    with Store(sample_store) as store:
        titles = {" ".join(article.title.split()) for article in store.articles()}
    assert len(examples) == 4
    assert set(examples) <= titles
    press(browser, browser.find_element(By.CSS_SELECTOR, ".zw-examples button"))
    wait_for(browser, "#talk .zw-answer")
    assert texts(browser, ".zw-question") == examples[:1]


def test_answer_and_citation_are_copied(page, browser):
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    visit(browser, page)
    ask(browser, "拓源产值", 1)
    for words, expected in (
        ("复制答案", "30億元以上"),
        (
            "复制引文",
            "30億元以上\n「按照看項目時議定的目標(biāo),拓源實業(yè)2023年產(chǎn)值要做到30億元以上,繳稅也要比上年翻一番。」\n"
            "——《湘東看項目:鋰鹽、固廢、瓷器三條線一起跑》，贛西觀察網，2023-02-03",
        ),
    ):

        def copied(words=words, expected=expected):
            """Presses, again if the page drew the answer anew meanwhile; the button then says so for a while."""
            for button in browser.find_elements(By.CSS_SELECTOR, ".zw-actions button"):
                if button.text == words:
                    press(browser, button)
            labels = [each.text for each in browser.find_elements(By.CSS_SELECTOR, ".zw-actions button")]
            held = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
            return held == expected and "已复制" in labels

        until(copied)


def test_a_verdict_is_kept_with_what_it_was_said_of(page, browser, sample_store):
    visit(browser, page)
    answer = ask(browser, "拓源产值", 1)
    press(browser, answer.find_element(By.CSS_SELECTOR, "[data-verdict=good]"))
    kept = until(
        lambda: (
            (sample_store / "feedback.jsonl").exists() and (sample_store / "feedback.jsonl").read_text(encoding="utf-8")
        )
    )
    told = json.loads(kept.splitlines()[-1])
    assert (told["question"], told["answer"], told["verdict"]) == ("拓源产值", "30億元以上", "good")
    assert json.loads(feedback_questions(sample_store))["answers"] == ["30億元以上"]
    ask(browser, "如何做红烧肉？", 2)  # and it stays marked
    pressed = browser.find_elements(By.CSS_SELECTOR, "[data-verdict][aria-pressed=true]")
    assert [each.get_attribute("data-turn") for each in pressed] == ["0"]


def test_only_what_tells_what_is_right_becomes_a_question(tmp_path):
    def judge(question, answer, verdict):
        save_feedback(
            tmp_path, Feedback(question, answer, "", "a" if answer else "", verdict, "2024-01-01T00:00:00+00:00")
        )

    judge("甲", "一", GOOD)
    judge("乙", "", GOOD)
    judge("丙", "二", BAD)
    judge("丁", "", BAD)
    judge("戊", "三", GOOD)
    judge("戊", "三", BAD)  # thought better of
    judge("己", "", GOOD)
    judge("己", "四", GOOD)  # people disagree
    with (tmp_path / "feedback.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"question": "half')
    assert [json.loads(line) for line in feedback_questions(tmp_path).splitlines()] == [
        {"question": "甲", "answers": ["一"], "article": "a"},
        {"question": "乙", "answers": []},
    ]


def test_a_keyboard_is_enough(page, browser):
    visit(browser, page)
    browser.switch_to.active_element.send_keys(Keys.TAB)  # wherever the focus is, Tab moves it on
    until(lambda: focus_on(browser, lambda element: element.get_attribute("placeholder") == "在这里输入问题，回车提问"))
    browser.switch_to.active_element.send_keys("拓源产值", Keys.ENTER)
    wait_for(browser, "#talk .zw")
    browser.execute_script("document.querySelector('#question textarea, #question input').focus()")
    until(lambda: focus_on(browser, lambda element: element.get_attribute("data-open"), backwards=True))
    outline = browser.switch_to.active_element.value_of_css_property("outline-style")
    assert outline == "solid"  # the focus is seen
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for(browser, ".zw-article")
    until(lambda: "zw-article" in (browser.switch_to.active_element.get_attribute("class") or ""))
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    until(lambda: not browser.find_elements(By.CSS_SELECTOR, ".zw-article"))


def focus_on(browser, wanted, *, backwards=False):
    from selenium.webdriver import ActionChains

    if wanted(browser.switch_to.active_element):
        return True
    keys = ActionChains(browser)
    (
        keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if backwards else keys.send_keys(Keys.TAB)
    ).perform()
    return False


def test_replies_are_told_to_who_hears_the_page(page, browser):
    visit(browser, page)
    answer = ask(browser, "拓源产值", 1)
    region = answer.find_element(By.XPATH, "ancestor::*[@role='log']")
    assert (region.get_attribute("aria-live"), region.get_attribute("aria-label")) == ("polite", "问与答")
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('button, input, textarea, a[href]')].filter((e) => e.offsetParent"
        " && !(e.innerText || e.ariaLabel || e.title || e.placeholder || e.labels?.length"
        " || e.closest('label'))).map((e) => e.outerHTML.slice(0, 200))"
    )
    assert nameless == []


@pytest.mark.parametrize(
    "written",
    ["", None, 7, "1", "1:0-0", "-1:0-0:0-0", "1:0-0:0-0 ", "1:0-0:0-0:0-0", "x:0-0:0-0", "9" * 30 + ":0-0:0-0"],
)
def test_a_place_is_read_only_if_it_is_one(written):
    assert PassageLink.parse(written) is None
    assert str(PassageLink.parse("12:3-9:4-6")) == "12:3-9:4-6"


def test_silence_has_no_citation(sample_store):
    with Store(sample_store) as store:
        assert citation(answer_question(store, load_models(store), "如何做红烧肉？", 5, Filters())) == ""


def opened(browser, place):
    """Whether a tab is open; if not, it is pressed (a press may be lost while the page draws itself)."""
    tab = browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]")[place]
    if tab.get_attribute("aria-selected") == "true":
        return True
    tab.click()
    return False


def test_nothing_is_asked_of_another_host(page, tmp_path):
    # A browser of its own: what pages of other tests, left in the middle of something, complain of comes late and is in
    # the same log.
    with chromium(tmp_path) as browser:
        browser.get(page)
        complete(browser)
        ask(browser, "拓源产值", 1)
        tabs = len(browser.find_elements(By.CSS_SELECTOR, "#tabs button[role=tab]"))
        assert tabs >= 3
        for place in range(tabs):
            until(lambda place=place: opened(browser, place), f"tab {place} does not open")
        fetched = requests(browser)
        errors = [
            entry["message"]
            for entry in browser.get_log("browser")
            if entry["level"] == "SEVERE" and "favicon" not in entry["message"]
        ]
    assert len(fetched) > 5
    assert [address for address in fetched if not address.startswith(page + "/")] == []
    assert errors == []
