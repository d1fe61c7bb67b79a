"""The benchmark of silence: its shares on a set small enough to count by hand, and its picture."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from benchmarks.silence import curve, measure

_ROWS = (
    ("云岫茶厂产值是多少？", ["8亿元"], "云岫茶厂今年实现产值8亿元，员工三百人。"),
    ("青岚大桥全长多少公里？", ["18.6公里"], "青岚大桥全长18.6公里，由两家单位养护。"),
    (
        "青岚大桥全长是多少公里？",
        ["18.6公里"],
        "记者在现场看到，青岚大桥全长18.6公里，桥上车来车往，两岸居民从此出行方便。",
    ),
    ("望潮渔业捕捞量是多少？", ["12.5万吨"], "望潮渔业捕捞量为12.5万吨，出口三十多个国家。"),
)


def test_shares_of_questions_with_their_article_and_without(tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = ({"question": question, "answers": answers, "passage": passage} for question, answers, passage in _ROWS)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    figures = measure(file)
    assert (figures["questions"], figures["answerable_silenced"], figures["unanswerable_silenced"]) == (4, 0.0, 1.0)
    assert figures["answered_elsewhere"] == 0.5  # the two articles on the bridge answer for each other
    assert list(figures["risk"].values()) == [0.0] * 20
    assert list(figures["risk"])[-1] == "1.0"


def test_the_picture_has_a_line_for_each_set():
    flat = {str(step / 20): 0.1 for step in range(1, 21)}
    root = ElementTree.fromstring(curve({"one": {"risk": flat}, "two": {"risk": flat | {"1.0": 0.9}}}))
    lines = [each for each in root.iter() if each.tag.endswith("polyline")]
    assert len(lines) == 2
    heights = [[float(point.split(",")[1]) for point in line.get("points").split()] for line in lines]
    assert heights[0] == [pytest.approx(20 + 360 * 0.8)] * 20
    assert heights[1][-1] == pytest.approx(20)  # half wrong and more is the top
    assert {each.text for each in root.iter() if each.tag.endswith("text")} >= {"one", "two"}


def test_a_picture_needs_risks():
    with pytest.raises(TypeError, match="two"):
        curve({"two": {"risk": 0.1}})
