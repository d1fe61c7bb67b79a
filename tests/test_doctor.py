"""python -m index.doctor: what files hold is told to programs and people, and nothing is written."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.doctor import as_html, as_json, examine, main, repair_name, script
from index.language import use_language
from index.messages.repairs import MESSAGES as REPAIR_NAMES
from tests.terminals import COLOUR, terminal

ROOT = Path(__file__).parents[1]
_KEYS = [
    "path", "encoding", "title", "date", "source", "author", "characters", "text", "script", "repairs",
    "digits_lost", "boilerplate_characters", "duplicate_of", "problem",
]  # fmt: skip
_BRIDGE = """青岚河上的新桥昨天上午正式通车，第一天就有2300辆车从桥上开了过去，桥头的早点摊也跟着热闹起来。
据市政部门介绍，这座桥长320米，双向四车道，从打桩到通车一共用了19个月，总投资1.2亿元。
老桥还要再留半年，等两头的公交站都搬过来以后才会拆掉，拆下来的栏杆打算送给市里的博物馆收藏。"""
_CLINIC = """望潮乡的视讯门诊上个月开张，老人们在村里就能看上市里的医生，候诊时间缩短到40分钟左右。
医生说手环第一批就发出去了450只，血压一高护士就会打电话来问，家里人放心多了。"""
_BARE = "岸桥由控制室里的工人操作，渔船仍走东侧的旧航道，大船在渔船出港的两个小时里停在锚地等候。"
_PAGE = f"新桥昨天通车\n2024-03-05 来源：青岚日报\n\n{_BRIDGE}\n责任编辑：言小满\n"


@pytest.fixture
def fill(tmp_path):
    """Puts files, text or bytes, into a folder of the test's own."""
    folder = tmp_path / "corpus"
    folder.mkdir()

    def filled(**contents):
        for name, content in contents.items():
            path = folder / (name if "." in name else f"{name}.txt")
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return folder

    return filled


def _by_name(folder):
    return {Path(one.path).name: one for one in examine([folder])}


def test_an_article_is_told_in_full(fill):
    (one,) = examine([fill(a=_PAGE)])
    told = as_json(one)
    assert list(told) == [*_KEYS, "id", "origins", "longest_paragraph", "ocr"]
    assert told == {
        "path": str(fill() / "a.txt"),
        "encoding": "utf-8",
        "title": "新桥昨天通车",
        "date": "2024-03-05",
        "source": "青岚日报",
        "author": None,
        "characters": len(_PAGE),
        "text": _BRIDGE,
        "script": "simplified",
        "repairs": {"editor": 1, "metadata": 1, "title": 1},
        "digits_lost": 0,
        "boilerplate_characters": len("新桥昨天通车2024-03-05来源：青岚日报责任编辑：言小满"),
        "duplicate_of": None,
        "problem": None,
        "id": told["id"],
        "origins": {"date": "line 2", "source": "line 2", "title": "line 1"},
        "longest_paragraph": 49,
        "ocr": None,
    }
    assert len(told["id"]) == 12


def test_repairs_of_reading_and_cleaning_are_told_together(fill):
    first = f"{_CLINIC}\n\u200b岸橋(qiáo)由控制室裡的１２名工人操作，工業投資增长%，比往年多出一大截。\n"
    second = "渔船仍走东侧的旧航道，清晨先出港。\n"
    mixed = first.encode() + second.encode("gbk")
    told = as_json(_by_name(fill(mixed=mixed))["mixed.txt"])
    assert told["repairs"] == {"full_width": 1, "invisible": 1, "mixed_encodings": 1, "pinyin": 1}
    assert (told["encoding"], told["digits_lost"], told["script"], told["problem"]) == (
        "utf-8+gb18030",
        1,
        "mixed",
        None,
    )
    assert told["text"].endswith(
        "岸橋由控制室裡的１２名工人操作，工業投資增长%，比往年多出一大截。\n渔船仍走东侧的旧航道，清晨先出港。"
    )


def test_lost_bytes_are_a_repair_and_a_problem_of_their_article(fill):
    told = as_json(_by_name(fill(cut=_BRIDGE.encode()[:-1]))["cut.txt"])
    assert told["repairs"] == {"undecodable": 2}
    assert told["problem"].startswith("Taken in, but 2 bytes are not utf-8")
    assert told["text"] == _BRIDGE[:-1] + "\ufffd"


def test_what_holds_no_article_has_path_encoding_and_problem(fill):
    noise = b"\x89PNG" + bytes(range(256)) * 20
    folder = fill(
        **{"noise.txt": noise, "empty.txt": b"", "signs.txt": "……。", "film.avi": b"\0", "rows.jsonl": '{"id": "1"}\n'}
    )
    told = {Path(one.path).name: as_json(one) for one in examine([folder])}
    assert {name: (one["encoding"], bool(one["problem"])) for name, one in told.items()} == {
        "noise.txt": (None, True),
        "empty.txt": ("utf-8", True),
        "signs.txt": ("utf-8", True),
        "film.avi": (None, True),
        "rows.jsonl:1": (None, True),
    }
    for one in told.values():
        assert {key for key, value in one.items() if value not in (None, {})} <= {"path", "encoding", "problem"}
        assert list(one) == [*_KEYS, "id", "origins", "longest_paragraph", "ocr"]


def test_copies_name_the_one_that_is_shown(fill):
    damaged = (
        f"新桥昨天通车\n\n{_BRIDGE}\n".replace("2300", "").replace("桥长320", "橋(qiáo)長(zhǎng)").replace("19个", "个")
    )
    other = _PAGE.replace("320", "360").replace("2300", "2600").replace("1.2亿", "1.5亿").replace("03-05", "03-06")
    folder = fill(a_damaged=damaged, b=_PAGE, c_exact=_PAGE, d_other=other, e=_CLINIC)
    duplicate_of = {name: one.duplicate_of for name, one in _by_name(folder).items()}
    shown = {name for name, copy_of in duplicate_of.items() if not copy_of}
    assert shown in ({"b.txt", "d_other.txt", "e.txt"}, {"c_exact.txt", "d_other.txt", "e.txt"})
    (first,) = shown & {"b.txt", "c_exact.txt"}
    assert {duplicate_of[name] for name in duplicate_of.keys() - shown} == {str(folder / first)}


def test_a_copy_in_the_same_file_is_told_by_its_id(fill):
    lost = _CLINIC.replace("450", "").replace("40", "")
    rows = "".join(
        json.dumps({"id": name, "text": text}) + "\n" for name, text in {"x": lost, "y": _CLINIC, "z": _BRIDGE}.items()
    )
    folder = fill(**{"rows.jsonl": rows})
    told = {one["id"]: one["duplicate_of"] for one in map(as_json, examine([folder]))}
    assert told == {"x": f"{folder / 'rows.jsonl'}#y", "y": None, "z": None}


def test_lines_of_three_articles_are_taken_out(fill):
    foot = "江河观察网每天陪您看江河"
    bodies = {
        "a": _BRIDGE + "\n桥上的灯晚上七点亮起。",
        "b": _CLINIC + "\n卫生院下个月再添两台。\n村里人都说好。",
        "c": "\n".join([_BARE] * 4),
    }
    two = _by_name(fill(**{name: f"{bodies[name]}\n{foot}\n" for name in "ab"}))
    assert [one.text.endswith(foot) for one in two.values()] == [True, True]
    three = _by_name(fill(c=f"{bodies['c']}\n{foot}\n"))
    assert {name: (one.text, one.repairs, one.boilerplate) for name, one in three.items()} == {
        f"{name}.txt": (body, {"recurring": 1}, len(foot)) for name, body in bodies.items()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("新桥通车，总投资1.2亿元", "simplified"),
        ("新橋通車，總投資1.2億元", "traditional"),
        ("新橋通車，总投资1.2亿元", "mixed"),
        ("山水人口", "other"),
        ("GDP 1.2", "other"),
        ("", "other"),
        ("会议开过了，总书记说这个问题已经解决。" * 3 + "橋", "simplified"),
        ("會議開過了，總書記說這個問題已經解決。" * 3 + "桥", "traditional"),
    ],
)
def test_the_script_is_that_of_the_characters_only_one_has(text, expected):
    assert script(text) == expected


def _command(*arguments, cwd=ROOT):
    run = subprocess.run(
        [sys.executable, "-m", "index.doctor", *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout, run.stderr


def test_json_is_an_object_a_line_in_the_order_of_paths(fill, capsys):
    folder = fill(b=_CLINIC, a=_PAGE, c="")
    assert main([str(folder), "--json"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    told = [json.loads(line) for line in out.split("\n")[:-1]]
    assert [Path(one["path"]).name for one in told] == ["a.txt", "b.txt", "c.txt"]
    assert all(list(one)[: len(_KEYS)] == _KEYS for one in told)
    assert main([str(folder), "--json"]) == 1
    assert capsys.readouterr().out == out


def test_exit_codes(fill, capsys, tmp_path):
    folder = fill(a=_PAGE)
    assert main([str(folder)]) == 0
    assert "新桥昨天通车" in capsys.readouterr().out
    fill(b="")
    assert main([str(folder)]) == 1
    assert "The file is empty" in capsys.readouterr().out
    (tmp_path / "nothing").mkdir()
    for wrong in ([""], [str(tmp_path / "nowhere")], [str(tmp_path / "nothing")]):
        assert main(wrong) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("zhiwen: ")
        assert err.count("\n") == 1
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_the_table_names_what_it_holds_in_the_users_language(fill, capsys, monkeypatch, spoken):
    monkeypatch.setenv("ZHIWEN_LANG", spoken)
    assert (
        main(
            [str(fill(a=_PAGE, b=_PAGE, c=_CLINIC.replace("40", "").replace("时间", "時(shí)間") + "工业投资增长%。"))]
        )
        == 0
    )
    out = capsys.readouterr().out
    chinese = ("文章　　　3 篇，", "非正文　　", "文件", "拼音注音", "缺数字×", "简体", "备注")
    english = (
        "articles            3, ",
        "boilerplate         ",
        "file",
        "pinyin annotations",
        "lost digits×",
        "simplified",
    )
    for word in ("a.txt", "b.txt", "新桥昨天通车", "2024-03-05", "青岚日报", *(chinese if spoken == "zh" else english)):
        assert word in out, word
    copy = "同稿：" if spoken == "zh" else "copy of "
    assert (f"{copy}a.txt" in out) != (f"{copy}b.txt" in out)
    own_words = out.partition("│")[0]  # the overview and the head of the table
    assert bool(re.search("[\u3000-\u9fff\uff00-\uffef]", own_words)) is (spoken == "zh")
    assert bool(re.search("[a-z]{6}", own_words)) is (spoken == "en")


def test_a_narrow_terminal_gets_a_list(fill):
    folder = fill(a=_PAGE, b="")
    for columns in (40, 80):
        with terminal("-m", "index.doctor", folder, columns=columns, ZHIWEN_LANG="zh") as screen:
            output, code = screen.end()
        lines = [line.rstrip() for line in COLOUR.sub("", output).splitlines()]
        assert code == 1
        assert lines[lines.index("a.txt") :][:4] == [
            "a.txt",
            "  编码 utf-8",
            "  标题 新桥昨天通车",
            "  日期 2024-03-05",
        ]
        assert lines[-3:] == ["b.txt", "  编码 utf-8", "  备注 这是空文件。"]
        assert "┃" not in output
    with terminal("-m", "index.doctor", folder, NO_COLOR="1") as screen:
        assert "\x1b" not in screen.end()[0].split("\r")[-1]  # what stands before is the progress


def test_a_path_that_does_not_exist_has_a_hint_of_its_own(capsys, tmp_path):
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"zhiwen: {tmp_path}/none: no such file or folder.  Check the path.\n"


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_the_page_is_in_the_users_language(fill, spoken):
    with use_language(spoken):
        page = as_html(examine([fill(a=_PAGE)]))
    assert f'<html lang="{spoken}">' in page
    own_words = (
        page.partition("</style>")[2].partition("<tbody>")[0] + page.partition("</table>")[2].partition("<details>")[0]
    )
    headings = (
        ("Corpus check", "boilerplate", "lines left out") if spoken == "en" else ("语料体检", "非正文", "删去的行")
    )
    assert all(heading in own_words for heading in headings)
    assert bool(re.search("[\u3400-\u9fff]", own_words)) is (spoken == "zh")


def test_every_repair_has_a_name_in_both_languages():
    assert (repair_name("pinyin", "zh"), repair_name("pinyin", "en")) == ("拼音注音", "pinyin annotations")
    assert repair_name("none_such", "zh") == "none such"
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "index").glob("*/*.py"))
    assert [name for name in REPAIR_NAMES if not re.search(rf"\b{name}\b", source.partition("MESSAGES")[0])] == []


def test_a_name_that_looks_like_markup_is_shown_as_it_is(fill, capsys):
    assert main([str(fill(**{"[red]a.txt": "[bold]题目[/bold]\n\n" + _BRIDGE}))]) == 0
    out = capsys.readouterr().out
    assert "[red]a.txt" in out
    assert "[bold]题目[/bold]" in out


_HOSTILE = (
    '<script>alert("桥")</script><b onclick=x>\u202e题目\x1b[31m\x07\n2024-03-05 来源：青岚日报\n\n'
    + _CLINIC
    + "\n<img src=http://a.example.com/x.png>\x00 &lt;i&gt; \u2066护士说，\x9b手环够用，老人们都很放心。\ud800\n"
)


def test_an_article_cannot_reach_the_terminal(fill, capsys):
    assert main([str(fill(hostile=_HOSTILE))]) in (0, 1)
    out = capsys.readouterr().out
    assert not set("\x00\x07\x1b\x9b\u202e\u2066") & set(out)


class _Parsed(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.words = set(), set(), []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_loads_nothing_and_shows_what_is_there(fill, tmp_path, capsys):
    page = tmp_path / "page.html"
    folder = fill(a=_PAGE, hostile=_HOSTILE.replace("http://a.example.com/", ""), empty="", **{"<script>.txt": _BARE})
    assert main([str(folder), "--html", str(page)]) == 1
    assert capsys.readouterr().out.startswith(f"{page}: 4 ")
    text = page.read_text(encoding="utf-8")
    parsed = _Parsed(text)
    assert not {"script", "img", "b", "i", "link", "iframe", "object", "base", "form"} & parsed.tags
    assert not {"src", "href", "onclick", "action", "srcset", "data"} & parsed.attributes
    assert "http" not in text.replace("http-equiv", "")
    assert not any(word in text for word in ("url(", "@import", "<script"))
    assert not set("\x00\x07\x1b\x9b\u202e\u2066") & set(text)
    words = "".join(parsed.words)
    assert '<script>alert("桥")</script><b onclick=x>' in words
    assert "&lt;i&gt;" in words
    assert words.count(_BRIDGE) == 2  # before and after
    assert "The file is empty" in words


def test_a_link_in_an_article_stays_words(fill):
    page = as_html(examine([fill(a=_PAGE.replace("收藏。", "收藏。详见<a href=https://a.example.com/1>此处</a>。"))]))
    assert "a" not in _Parsed(page).tags
    assert "&lt;a href=https://a.example.com/1&gt;此处&lt;/a&gt;" in page


def test_damage_and_frame_are_marked_where_they_stand(fill):
    page = as_html(examine([fill(a=_PAGE.replace("桥长", "橋(qiáo)長(zhǎng)"))]))
    assert '橋<span class="damage">(qiáo)</span>長<span class="damage">(zhǎng)</span>320米' in page
    assert '<span class="out">新桥昨天通车\n2024-03-05 来源：青岚日报\n\n</span>青岚河上' in page


def test_nothing_is_written_but_the_page(fill, tmp_path):
    folder, away = fill(a=_PAGE, b=_CLINIC), tmp_path / "away"
    away.mkdir()
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}
    assert [_command(folder, *options, cwd=away)[0] for options in ([], ["--json"], ["--html", "page.html"])] == [
        0,
        0,
        0,
    ]
    assert [path.name for path in away.iterdir()] == ["page.html"]
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "corpus"]


def test_a_page_that_cannot_be_written_is_the_users_error(fill, tmp_path, capsys):
    assert main([str(fill(a=_PAGE)), "--html", str(tmp_path / "nowhere" / "page.html")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "page.html: no such file or folder." in err


def test_help_loads_the_standard_library_only(tmp_path):
    program = (
        f"import contextlib, io, sys\nsys.path.insert(0, {str(ROOT)!r})\nbefore = set(sys.modules)\nfrom "
        f"index.doctor import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main(['--help'])\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert set(run.stdout.split()) - set(sys.stdlib_module_names) == {"index"}


def test_a_page_of_a_feed_and_of_a_pipe(fill, tmp_path):
    item = (
        f"<item><title>卫生院添了床位</title><link>http://a.example/1</link><description>{_CLINIC}</description></item>"
    )
    folder = fill(**{"feed.xml": f"<rss version='2.0'><channel><title>江河观察网</title>{item}</channel></rss>"})
    os.mkfifo(folder / "pipe.txt")
    examined = examine([folder])
    told = [(Path(one.path).name, one.problem) for one in examined]
    assert told == [("feed.xml", ""), ("pipe.txt", "This is a pipe, a socket or a device, not a file that holds text.")]
    assert "title: 卫生院添了床位 (" in as_html(examined)
    with use_language("zh"):
        assert "标题：卫生院添了床位（" in as_html(examined)
