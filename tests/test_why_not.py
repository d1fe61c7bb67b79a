"""Which step lost a phrase or a file: each step named for something that it did lose."""

import json

import pytest

from index.errors import UserError
from index.language import use_language
from index.store.filters import Filters
from index.store.folder import Store
from index.updating import reindex
from qa.answering import answer_question, load_models
from qa.ask import main
from qa.phrases import lost
from qa.render import why_json
from qa.why_not import why_not

_TOLD = "望潮渔业2023年捕捞量为13万吨，新添渔船18条。\n公司的冷库能放三千吨鱼。"
_EVERY = Filters()
_LONG = "船队今天在港里修补渔网，明天一早再出海，天气预报说有六级风，船员都留在岸上等消息。"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """What became of a phrase in the reply to a question."""
    folder = tmp_path_factory.mktemp("why")
    texts = {
        "渔业.txt": f"望潮渔业年报\n2024-03-05 来源：望潮日报\n\n{_TOLD}\n\n责任编辑：舒怀谷\n",
        "转载.txt": f"渔业年报转载\n2024-03-06 来源：山海日报\n\n{_TOLD}\n",
        "產量.txt": "茶廠紀事\n2022-01-01\n\n雲岫茶廠產(chǎn)量為3萬噸，比上年多一成。\n",
    }
    texts |= {
        f"日志{n}.txt": f"渔港日志第{n}号\n2023-05-{n % 28 + 1:02}\n\n第{n}号：{_LONG}渔船{n}条，捕捞{n}吨。\n"
        for n in range(1, 41)
    }
    (folder / "in").mkdir()
    for name, text in texts.items():
        (folder / "in" / name).write_text(text, encoding="utf-8")
    (folder / "in" / "空白.txt").write_text("  ", encoding="utf-8")
    reindex(folder / "store", [folder / "in"])
    with Store(folder / "store") as store:
        models = load_models(store)

        def ask(question, expected, k=3, filters=_EVERY):
            return why_not(store, models, answer_question(store, models, question, k, filters), expected, filters)

        yield ask


_QUESTION = "望潮渔业2023年捕捞量是多少？"


@pytest.mark.parametrize(
    ("expected", "step", "rank"),
    [
        ("13万吨", "answer", 1),
        ("13 萬噸", "answer", 1),  # the other script, other spaces
        ("冷库能放三千吨鱼", "shown", 1),
        ("渔业.txt", "answer", 1),
        ("这句话哪里都没有", "nowhere", 0),
        ("责任编辑：舒怀谷", "cleaned", 0),
        ("空白.txt", "unreadable", 0),
    ],
)
def test_the_step_is_named(asked, expected, step, rank):
    why = asked(_QUESTION, expected)
    if expected == "渔业.txt":
        assert (why.step, why.rank) in {("shown", 1), ("copy", 1)}
    else:
        assert (why.step, why.rank) == (step, rank)
    assert (why.article is None) == (step in {"nowhere", "unreadable"})


def test_a_copy_names_the_one_that_is_shown(asked):
    found = {name: asked(_QUESTION, name) for name in ("渔业.txt", "转载.txt")}
    (copy,) = [why for why in found.values() if why.step == "copy"]
    assert copy.copy.title != copy.article.title
    assert {copy.copy.title, copy.article.title} == {"望潮渔业年报", "渔业年报转载"}


def test_ranking_filters_damage_and_silence(asked):
    ranked = asked("渔港日志第7号", "第33号：船队今天在港里修补渔网", k=1)
    assert ranked.step == "ranked"
    assert ranked.rank > ranked.listed >= 1
    assert asked(_QUESTION, "13万吨", filters=Filters(until="2023-12-31")).step == "filtered"
    assert asked("云岫茶厂产量", "產量為3萬噸").step == "answer"  # though the original has an annotation inside
    silent = asked("望潮渔业的董事长是谁？", "新添渔船18条", k=5)
    assert silent.step in {"silent", "shown"}
    assert asked(_QUESTION, "责任编辑：舒怀谷").kind == "editor"


@pytest.mark.parametrize(("spoken", "words"), [("zh", "这是空文件。"), ("en", "The file is empty.")])
def test_a_file_that_could_not_be_read_is_explained_in_the_language_asked_for(asked, spoken, words):
    other = "en" if spoken == "zh" else "zh"
    with use_language(other):  # of the server
        why = asked(_QUESTION, "空白.txt")
        assert words in lost(why, spoken)
    with use_language(spoken):
        assert why_json(why)["reason"] == words


@pytest.mark.parametrize("expected", ["", "？！", "字" * 1001])
def test_no_words_are_an_error(asked, expected):
    with pytest.raises(UserError):
        asked(_QUESTION, expected)


def test_the_command_says_it_after_the_answer(sample_store, capsys):
    assert main(["拓源产值", "--store", str(sample_store), "--why-not", "014_rainstorm_repost.txt", "-k", "1"]) == 0
    assert "Lost in ranking" in capsys.readouterr().out.splitlines()[-1]
    assert main(["拓源产值", "--store", str(sample_store), "--why-not", "30亿元以上", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["answer"]["text"], told["why_not"]["step"], told["why_not"]["rank"]) == ("30億元以上", "answer", 1)
    assert told["why_not"]["article"]["title"].startswith("湘東看項目")
    assert main(["拓源产值", "--store", str(sample_store), "--json"]) == 0
    assert "why_not" not in json.loads(capsys.readouterr().out)
