"""What each kind of damage does, and that an evaluation tells its cost."""

import json
import sys

import pytest

from qa.damage import damages
from qa.evaluate import main
from qa.homophones import alike

TEXT = "拓源产业园2023年产值达到30亿元以上，同比增长5%。" * 12
KINDS = ("other_script", "pinyin", "full_width", "boilerplate", "digits", "typing_error")


def made(name):
    (damage,) = [damage for damage in damages() if damage.name == name]
    return damage


def test_the_kinds():
    assert tuple(damage.name for damage in damages()) == KINDS
    for damage in damages():
        assert damage.text(TEXT) == damage.text(TEXT)
        assert (damage.text(TEXT) == TEXT) == (damage.name == "typing_error")
        assert (damage.question("拓源产值是多少") == "拓源产值是多少") == (damage.name != "typing_error")


def test_each_of_them():
    assert made("other_script").text("产业园的软件") == "產業園的軟件"
    assert made("other_script").text("產業園的軟件") == "产业园的软件"
    annotated = made("pinyin").text(TEXT)
    assert 3 <= annotated.count("(") <= 20
    assert annotated.replace("(", "").isascii() is False
    assert made("full_width").text("30亿元, 5%") == "３０亿元， ５％"
    assert made("digits").text("2023年30亿元") == "年亿元"
    assert TEXT in made("boilerplate").text(TEXT)


@pytest.mark.parametrize("question", ["拓源产值是多少", "今年增长了百分之几？", "a", "GDP 5%", "𠮷"])
def test_a_typing_error_is_one_character_that_sounds_alike(question):
    wrong = made("typing_error").question(question)
    assert len(wrong) == len(question)
    changed = [(a, b) for a, b in zip(question, wrong, strict=True) if a != b]
    assert len(changed) == any("\u4e00" <= character <= "\u9fff" for character in question)
    assert all(b in alike(a) for a, b in changed)


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "questions.jsonl"
    rows = [
        {
            "question": f"{name}的产值是多少",
            "answer": f"{n}亿元",
            "passage": f"{name}今年的产值是{n}亿元，比去年增长。厂长说今后还要扩建。",
        }
        for n, name in enumerate(("岚桥实业", "青汐造纸", "竹湾水产", "茶岭机械"), 31)
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_report_has_every_kind(rows, capsys):
    assert main([str(rows), "--damage", "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert tuple(metrics["damage"]) == KINDS
    for name, figures in metrics["damage"].items():
        assert figures.keys() == metrics.keys() - {"damage"}
        assert figures["ndcg@10"] == metrics["ndcg@10"] == 1.0, name
    assert metrics["answer_hit"] == metrics["damage"]["full_width"]["answer_hit"] == 1.0
    assert metrics["damage"]["digits"]["answer_hit"] == 0.0
    assert main([str(rows), "--damage"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == list(KINDS)
    assert next(line for line in lines if line.startswith("answer_hit")).split()[:2] == ["answer_hit", "1.0"]
    assert "-1.0000" in next(line for line in lines if line.startswith("answer_hit"))


def test_damage_needs_texts(tmp_path, rows, capsys):
    plain = tmp_path / "plain.jsonl"
    plain.write_text('{"question": "产值", "answer": "1"}\n', encoding="utf-8")
    for arguments in ([str(plain)], [str(rows), "--store", str(tmp_path)]):
        assert main([*arguments, "--damage"]) == 2
        assert "--damage needs the texts it is to damage." in capsys.readouterr().err


def test_without_opencc_it_says_what_to_install(rows, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "opencc", None)
    assert main([str(rows), "--damage"]) == 2
    assert ".[bench]" in capsys.readouterr().err


def test_floors(rows, tmp_path, capsys):
    floors = tmp_path / "floors.json"
    assert main([str(rows), "--save", str(floors)]) == 0
    stored = json.loads(floors.read_text(encoding="utf-8"))
    assert stored[""]["ndcg@10"] == 1.0
    assert not {"ms_p50", "ms_p95", "questions"} & stored[""].keys()
    assert main([str(rows), "--floors", str(floors)]) == 0
    capsys.readouterr()
    stored[""]["ndcg@10"] = 1.01
    stored["digits"] = {"answer_hit": 0.0}
    floors.write_text(json.dumps(stored), encoding="utf-8")
    assert main([str(rows), "--floors", str(floors)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"zhiwen: {floors}: ndcg@10: 1.0, below its floor 1.01",
        f"zhiwen: {floors}: digits answer_hit: None, below its floor 0.0",
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"": 3}', '{"": {"ndcg@10": "x"}}'])
def test_floors_that_are_none(text, rows, tmp_path, capsys):
    floors = tmp_path / "floors.json"
    floors.write_text(text, encoding="utf-8")
    assert main([str(rows), "--floors", str(floors)]) == 2
    assert "--save" in capsys.readouterr().err
    assert main([str(rows), "--save", str(tmp_path / "none" / "floors.json")]) == 2
