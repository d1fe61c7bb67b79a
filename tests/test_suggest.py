"""Names that the corpus spells otherwise, offered and never acted upon."""

import json

import pytest

from index.language import use_language
from index.store.folder import Store
from index.updating import reindex
from qa.ask import main
from qa.homophones import alike
from qa.question import understand
from qa.suggest import Suggestion, suggest

TEXTS = {
    "a": "拓源科技今年的产值达到三十亿元以上，厂长骆晨钟说。",
    "b": "中华委员会昨天在青汐市开会，讨论了河道。",
    "d": "这只是开始，明年总值还要提高。",
    "c": "原产地标志由市里发放，农户都说好。",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    reindex(folder / "store", [folder])
    return folder / "store"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("拓原产值", Suggestion("拓原", "拓源", "拓源产值")),
        ("托源科技的产值是多少", Suggestion("托源", "拓源", "拓源科技的产值是多少")),
        ("駱晨鐘说了什么", None),
        ("骆辰钟说了什么", Suggestion("骆辰", "骆晨", "骆晨钟说了什么")),
        ("拓源产值", None),
        ("拓源的产值", None),
        ("华维在哪里", None),  # 华委 of 中华委员会 is no name
        ("火星有多大", None),  # a word of the language
        ("拓源科技的总值是多少", None),  # 值是 is the seam of two words, not 只是
        ("Tuoyuan", None),
        ("鬱", None),
    ],
)
def test_what_is_offered(asked, expected, folder):
    with Store(folder) as store:
        assert suggest(store, understand(asked)) == expected


def test_the_offer_is_shown_and_the_question_stays(folder, capsys):
    assert main(["拓原产值", "--store", str(folder)]) in (0, 1)
    assert "“拓原” stands nowhere in the store; “拓源” does. Did you mean “拓源产值”?" in capsys.readouterr().out
    with use_language("zh"):
        main(["拓原产值", "--store", str(folder)])
    assert "资料库里没有“拓原”，有“拓源”。要问的是“拓源产值”吗？" in capsys.readouterr().out
    main(["拓原产值", "--store", str(folder), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (said["question"], said["suggestion"]) == ("拓原产值", "拓源产值")
    main(["拓源产值", "--store", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["suggestion"] is None


def test_characters_of_one_syllable_whatever_the_tone():
    assert "源" in alike("原")
    assert "原" not in alike("原")
    assert {"拖", "托", "妥"} <= set(alike("拓"))
    assert alike("，") == ()
