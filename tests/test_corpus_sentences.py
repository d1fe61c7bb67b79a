"""The real articles, which a person read: every sentence of their running text is in a passage, and nothing else."""

import hashlib
import json
import re
import unicodedata
from pathlib import Path

import pypinyin
import pytest

from index.reading.files import read_articles
from index.text.chunking import passages
from index.text.cleaning import clean

# File name, SHA-256 of its bytes, and [start, end] of each sentence in the decoded text; no text of the articles.
_CASES = json.loads((Path(__file__).parent / "cases" / "corpus_sentences.json").read_text(encoding="utf-8"))
_TOLD = {
    "000": ("", "", ""),
    "001": ("聚力转型谱新篇", "2024-11-15", "sp20241115"),
    "002": ("红色引擎奋勇争先", "2021-06-04", ""),
    "003": ("嘉興市舉行2022年度第一次“互學互比互賽”", "2022-05-07", "嘉興日報"),
    "004": ("江西日报萍乡专题版头条丨萍乡产业转型升级迈出新步伐", "", "江西日报-江西新闻客户端"),
}
_LONGEST = 160  # a sentence longer than this is cut
_BRACKET = re.compile(r"([\u3400-\u9fff])\s?[(（]\s?([^\W\d_]{1,8})\s?[)）]")
_FRAME = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|1\d{10}|您的位置|首[页頁]\s*>|责任?编辑?[:：]|[责責][编編][:：]|审签|新聞熱線|相关文章|点击[:：]|ID:"
)


@pytest.fixture(params=_CASES, ids=[case["file"][:3] for case in _CASES])
def read(request, shared):
    """(case, article, its passages)."""
    path = shared / "corpus" / request.param["file"]
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != request.param["sha256"]:
        pytest.skip(f"{path} is not the file that was read when the sentences were noted")
    (article,) = read_articles(path, data).articles
    return request.param, article, passages(article, clean(article.text, title=article.title))


def test_five_articles_were_read():
    assert [case["file"][:3] for case in _CASES] == sorted(_TOLD)
    assert [len(case["sentences"]) for case in _CASES] == [50, 45, 93, 65, 42]
    for case in _CASES:
        assert case["sentences"] == sorted(case["sentences"])


def test_every_sentence_stands_in_a_passage(read):
    case, article, made = read
    for start, end in case["sentences"]:
        holding = [passage for passage in made if passage.start <= start and end <= passage.end]
        if end - start > _LONGEST and not holding:
            holding = [passage for passage in made if passage.start < end and start < passage.end]
            assert len(holding) == 2, (start, end)
        standing = {place for passage in holding for place in range(passage.start, passage.end)}
        lost = {place for place in range(start, end) if place not in standing}
        assert not any(article.text[place].isalnum() for place in lost), (start, end)


def test_nothing_of_a_sentence_is_taken_for_damage_but_annotations(read):
    case, _, made = read
    removed = [passage.text[span.start : span.end] for passage in made for span in passage.removed]
    assert all(re.fullmatch(r"[(（][^\W\d_]{1,8}[)）]", piece) for piece in removed)
    assert bool(removed) == (case["file"][:3] == "000")


def _bare(syllable):
    letters = unicodedata.normalize("NFD", syllable.lower().replace("ɡ", "g").replace("ɑ", "a"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _annotations(text):
    """Brackets that are a reading of the character before them, whatever its tone."""
    return [
        match.group()
        for match in _BRACKET.finditer(text)
        if _bare(match[2]) in {_bare(reading) for reading in pypinyin.pinyin(match[1], heteronym=True)[0]}
    ]


def test_no_annotation_is_left_to_be_read(read):
    case, article, made = read
    assert (len(_annotations(article.text)) > 300) == (case["file"][:3] == "000")
    assert [_annotations(passage.readable) for passage in made] == [[]] * len(made)


def test_nothing_around_the_running_text_is_left_to_be_read(read):
    _, _, made = read
    assert [_FRAME.findall(passage.readable) for passage in made] == [[]] * len(made)


def test_title_date_and_source_are_those_that_stand_there(read):
    case, article, _ = read
    assert (article.title, article.date, article.source) == _TOLD[case["file"][:3]]
