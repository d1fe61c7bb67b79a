"""文库 in a real browser: files in, asked about, deleted, gone; on a store of its own."""

import json
import shutil
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from index.updating import reindex
from tests.pages import ROOT, ask, complete, press, running, until, visit, wait_for

pytestmark = pytest.mark.browser

_TEA = "云岫茶厂开园\n2024-04-09 来源：青岚农村报\n\n云岫茶厂今年春茶产量达到320吨，比去年多了两成，茶农说雨水来得正是时候。\n"  # noqa: E501


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The address of app.py on a store that these tests change, and a folder it may take in."""
    folder = tmp_path_factory.mktemp("library")
    allowed = folder / "allowed"
    allowed.mkdir()
    (allowed / "bridge.txt").write_text(
        "湘江大桥合龙\n2023-01-02\n\n湘江大桥昨天合龙，主跨长480米，明年六月通车。\n", encoding="utf-8"
    )
    reindex(folder / "store", [ROOT / "corpus"])
    with running(folder / "store", "--folder", allowed) as address:
        yield address


def tab(browser, name):
    (found,) = [each for each in wait_for(browser, "#tabs button[role=tab]", 4) if each.text == name]
    press(browser, found)


def told(browser, words):
    return until(
        lambda: next(
            (each.text for each in browser.find_elements(By.CSS_SELECTOR, "#told .zw-told") if words in each.text), None
        ),
        f"no {words}",
    )


def upload(browser, *files):
    browser.find_element(By.CSS_SELECTOR, "#upload input[type=file]").send_keys("\n".join(map(str, files)))
    for file in files:
        until(
            lambda file=file: file.stem[:8] in browser.find_element(By.CSS_SELECTOR, "#upload").text, "it is not there"
        )
    press(browser, browser.find_element(By.CSS_SELECTOR, "#take-in"))


def rows(browser, words):
    (box,) = wait_for(browser, "#look input, #look textarea")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(words)
    # Each letter is a search of its own; a press on a list that the last one is about to replace would be lost.
    wait_for(browser, f".zw-list-head[data-words='{words}']")
    return browser.find_elements(By.CSS_SELECTOR, ".zw-list tbody tr")


def examined(browser, words):
    """The view of the first article of a list. A press on a list that is drawn anew is lost; a person presses again."""

    def view():
        press(browser, rows(browser, words)[0].find_element(By.CSS_SELECTOR, ".zw-open"))
        time.sleep(1)
        return [each for each in browser.find_elements(By.CSS_SELECTOR, ".zw-examined") if each.is_displayed()]

    return until(view, "no view")[0]


def test_a_file_is_taken_in_asked_about_deleted_and_gone(library, browser, tmp_path):
    file = tmp_path / "茶厂来稿.txt"
    file.write_bytes(_TEA.encode("gb18030"))
    (tmp_path / "空白.txt").write_bytes(b" \n")
    visit(browser, library)
    assert (
        "没有答案" in ask(browser, "云岫茶厂春茶产量", 1).text
        or "320" not in browser.find_element(By.CSS_SELECTOR, "#talk").text
    )
    tab(browser, "文库")
    upload(browser, file, tmp_path / "空白.txt")
    words = told(browser, "新增 1 篇")
    assert "文库现有" in words
    assert "空白.txt：这是空文件" in words
    (row,) = rows(browser, "茶厂来稿")
    assert "2024-04-09" in row.text

    tab(browser, "问答")
    answer = ask(browser, "云岫茶厂春茶产量是多少？", 2)
    assert answer.find_element(By.CSS_SELECTOR, ".zw-text").text == "320吨"
    assert "茶厂来稿.txt" in answer.find_element(By.CSS_SELECTOR, "cite").text
    press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
    wait_for(browser, "#article .zw-article .zw-span")

    tab(browser, "文库")
    (row,) = rows(browser, "茶厂来稿")
    press(browser, row.find_element(By.CSS_SELECTOR, "[data-act=delete]"))
    until(lambda: browser.switch_to.alert).dismiss()  # thought better of
    assert len(rows(browser, "茶厂来稿")) == 1
    press(browser, rows(browser, "茶厂来稿")[0].find_element(By.CSS_SELECTOR, "[data-act=delete]"))
    alert = until(lambda: browser.switch_to.alert)
    assert "云岫茶厂开园" in alert.text
    alert.accept()
    told(browser, "已删除 1 篇")
    until(lambda: "没有符合的文章" in browser.find_element(By.CSS_SELECTOR, "#listed").text)

    tab(browser, "问答")
    silent = ask(browser, "云岫茶厂春茶产量是多少吨？", 3)
    assert "320" not in silent.text
    press(
        browser, browser.find_elements(By.CSS_SELECTOR, "#talk .zw")[1].find_element(By.CSS_SELECTOR, "cite .zw-open")
    )
    until(lambda: "已不在资料库里" in browser.find_element(By.CSS_SELECTOR, "#article").text)

    tab(browser, "文库")
    press(browser, browser.find_element(By.CSS_SELECTOR, "[data-act=take_back]"))
    until(lambda: browser.switch_to.alert).accept()
    told(browser, "找回 1 篇")
    assert len(rows(browser, "茶厂来稿")) == 1
    press(browser, rows(browser, "茶厂来稿")[0].find_element(By.CSS_SELECTOR, "[data-act=delete]"))
    until(lambda: browser.switch_to.alert).accept()
    told(browser, "已删除 1 篇")


def test_progress_is_seen_and_questions_are_answered_meanwhile(library, browser, tmp_path):
    texts = [f"第{n}号渔船今天出海，载冰{n}吨，预计{n % 28 + 1}日返航，船员{n % 9 + 4}人。" for n in range(6000)]
    told_of = [
        json.dumps({"id": f"n{n}", "title": f"第{n}号消息", "text": text}, ensure_ascii=False)
        for n, text in enumerate(texts)
    ]
    (tmp_path / "消息.jsonl").write_text("\n".join(told_of), encoding="utf-8")
    visit(browser, library)
    tab(browser, "文库")
    upload(browser, tmp_path / "消息.jsonl")
    assert " / 6000" in told(browser, " / 6000")
    until(lambda: "还剩约" in browser.find_element(By.CSS_SELECTOR, "#told").text, "no time left")
    tab(browser, "问答")
    assert ask(browser, "拓源产值", 1).find_element(By.CSS_SELECTOR, ".zw-text").text == "30億元以上"
    tab(browser, "文库")
    told(browser, "新增 6000 篇")
    press(browser, browser.find_element(By.CSS_SELECTOR, "[data-act=take_back]"))
    until(lambda: browser.switch_to.alert).accept()
    told(browser, "撤下 6000 篇")


def test_a_text_is_pasted_and_a_folder_taken_in(library, browser):
    visit(browser, library)
    tab(browser, "文库")
    press(browser, browser.find_element(By.CSS_SELECTOR, "#paste button"))
    title, date, source, text = wait_for(browser, "#paste input, #paste textarea", 4)
    for box, words in (
        (title, "短讯一则"),
        (date, "2024-06-01"),
        (source, "本报"),
        (text, "望潮渔业的18条新船今天一早出海，全年要捕13万吨。"),
    ):
        box.send_keys(words)
    press(browser, browser.find_element(By.CSS_SELECTOR, "#save"))
    told(browser, "新增 1 篇")
    assert "本报" in rows(browser, "短讯一则")[0].text
    press(browser, browser.find_element(By.CSS_SELECTOR, "#follow-folder"))
    until(lambda: rows(browser, "湘江大桥"))

    def reread():
        """A press while the folder is still being taken in is lost, as it is to a person, who presses again."""
        (row,) = rows(browser, "湘江大桥")
        press(browser, row.find_element(By.CSS_SELECTOR, "[data-act=reread]"))
        time.sleep(2)
        return any("已重读：没有变化" in each.text for each in browser.find_elements(By.CSS_SELECTOR, "#told .zw-told"))

    until(reread, "not read again")


def test_the_doctors_view_shows_what_cleaning_left_out(library, browser):
    visit(browser, library)
    tab(browser, "文库")
    view = examined(browser, "湘東看項目")
    before, after = view.find_elements(By.CSS_SELECTOR, ".zw-pair section")
    assert "版權聲明" in before.text
    assert "版權聲明" not in after.text
    assert "拓源實業2023年產值" in after.text
    assert "拼音注音 31" in view.text
    assert "utf-8" in view.text
    assert "".join(each.text for each in before.find_elements(By.CSS_SELECTOR, ".zw-out")).count("版權聲明") == 1


def test_what_looks_like_no_article_is_taken_in_as_it_is_where_the_box_is_ticked(library, browser, tmp_path):
    file = tmp_path / "热线.txt"
    file.write_text("新闻热线：0633-8812345\n投稿邮箱：tougao@qinglan.example\n", encoding="utf-8")
    visit(browser, library)
    tab(browser, "文库")
    upload(browser, file)
    assert "照原样收下" in told(browser, "没有正文")
    press(browser, browser.find_element(By.CSS_SELECTOR, "#as-is input"))
    upload(browser, file)
    assert "没有正文" not in told(browser, "更新 1 篇")
    assert "照原样收下 1" in examined(browser, "热线").text
    assert not browser.find_element(By.CSS_SELECTOR, "#as-is input").is_selected()  # for one upload only


def test_the_list_is_searched_in_either_script(library, browser):
    visit(browser, library)
    tab(browser, "文库")
    (box,) = wait_for(browser, "#look input, #look textarea")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("青嵐")
    until(lambda: "青岚" in browser.find_element(By.CSS_SELECTOR, ".zw-list tbody").text)
    assert "青嵐" in browser.find_element(By.CSS_SELECTOR, ".zw-list tbody").text


def test_hostile_names_titles_and_texts_are_shown_as_text(library, browser, tmp_path):
    evil = "<img src=x onerror=document.title=1><script>document.title=2</script>"
    odd = "<svg onload=document.title=1><script>"  # no tag that a reader of tables takes out
    file, table = tmp_path / "a'b&c.txt", tmp_path / "t.jsonl"
    text = (
        f"日期：2024-01-01\n来源：<b>来源</b>\n\n{evil}\u202e恶浪镇的堤坝长77米。<a href='javascript:alert(1)'>点</a>\n"
    )
    file.write_text(text, encoding="utf-8")
    table.write_text(
        json.dumps({"title": f"{odd}\u202e题", "source": odd, "text": "浊流镇的堤坝长88米。"}),
        encoding="utf-8",
    )
    visit(browser, library)
    tab(browser, "文库")
    upload(browser, file, table)
    told(browser, "新增 2 篇")
    assert odd in examined(browser, "t.jsonl").find_element(By.CSS_SELECTOR, "h2").text
    tab(browser, "问答")
    answer = ask(browser, "恶浪镇的堤坝有多长？", 1)
    assert answer.find_element(By.CSS_SELECTOR, ".zw-text").text == "77米"
    press(browser, answer.find_element(By.CSS_SELECTOR, "cite .zw-open"))
    wait_for(browser, "#article .zw-article")
    assert "知闻" in browser.title
    assert not browser.find_elements(
        By.CSS_SELECTOR, "#talk img, #article img, #listed img, #examined img, [onload], [onerror], [href^=javascript]"
    )
    assert "\u202e" not in browser.find_element(By.CSS_SELECTOR, "body").text
    assert "<script>" in browser.find_element(By.CSS_SELECTOR, "#article").text


def test_a_store_that_went_away_is_said_so(browser, tmp_path):
    reindex(tmp_path / "store", [ROOT / "corpus"])
    with running(tmp_path / "store") as address:
        visit(browser, address)
        shutil.move(tmp_path / "store", tmp_path / "elsewhere")
        reply = ask(browser, "拓源产值", 1)
        assert "没有资料库" in reply.text
        shutil.move(tmp_path / "elsewhere", tmp_path / "store")
        assert ask(browser, "拓源产值", 2).find_element(By.CSS_SELECTOR, ".zw-text").text == "30億元以上"
        browser.refresh()
        complete(browser)
