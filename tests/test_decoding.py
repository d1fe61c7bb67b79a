"""Bytes become text: the right encoding, nothing lost in silence."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.decoding import Decoded, decode
from index.errors import UnreadableFile

_SIMPLIFIED = (
    "朱镕基总理考察了拓源实业的厂房。",
    "湘东区产值达到30亿元以上，同比增长5.8％。",
    "“展板看得少，产品摸得多。”一位同行的企业人士说。",
    "记者 张三\r\n第二行\r\n\r\n第三行",
    "锂、钴、镍、铑、喆、堃、珺",
    "你好",
)
_TRADITIONAL = (
    "竹汐市12所國小導入智慧校園，學生證內建晶片。",
    "“鎮館之寶”是一件青釉蓮紋尊，口沿缺的一角補好了。",
    "香港嘅巴士服務好方便，啲人都話係。",
    "產業園區裡轉了大半天，碳酸鋰的純度為99.7％。",
)
_NAMES = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le", "gb18030": "gb18030", "big5hkscs": "big5hkscs"}
_STORY = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。" * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("text", _SIMPLIFIED + _TRADITIONAL)
def test_every_text_comes_back_from_unicode_and_gb18030(text, encoding):
    assert decode(text.encode(encoding)) == Decoded(text, _NAMES[encoding], 0)


@pytest.mark.parametrize("text", _TRADITIONAL)
def test_traditional_text_comes_back_from_big5(text):
    assert decode(text.encode("big5hkscs")) == Decoded(text, "big5hkscs", 0)


@pytest.mark.parametrize("text", _SIMPLIFIED)
def test_simplified_text_comes_back_from_gbk(text):
    assert decode(text.encode("gbk")) == Decoded(text, "gb18030", 0)


@given(st.lists(st.sampled_from(_SIMPLIFIED), min_size=1, max_size=4), st.sampled_from(["", "\n", " ", "\r\n", "GDP 2.5 "]))
def test_any_joined_sentences_come_back_from_gbk(sentences, joint):
    text = joint.join(sentences)
    assert decode(text.encode("gbk")).text == text


def test_utf16_of_either_byte_order():
    assert decode(b"\xff\xfe" + "青岚".encode("utf-16-le")) == Decoded("青岚", "utf-16-le", 0)
    assert decode(b"\xfe\xff" + "青岚".encode("utf-16-be")) == Decoded("青岚", "utf-16-be", 0)


def test_a_character_outside_gb2312_survives():
    assert decode("朱镕基".encode("gbk")).text == "朱镕基"


@pytest.mark.parametrize("size", [1000, 8192, 100_000])
@pytest.mark.parametrize("encoding", ["gbk", "big5hkscs"])
def test_the_whole_file_is_judged_not_its_first_kilobytes(encoding, size):
    text = "<p>page</p>\n" * (size // 12) + {"gbk": "朱镕基考察了湘东区的厂房。", "big5hkscs": "竹汐市12所國小導入智慧校園。"}[encoding]
    assert decode(text.encode(encoding)).text == text


def test_plain_ascii_and_nothing_at_all():
    assert decode(b"GDP 2.5\r\n") == Decoded("GDP 2.5\r\n", "utf-8", 0)
    assert decode(b"") == Decoded("", "utf-8", 0)
    assert decode(b"\xef\xbb\xbf") == Decoded("", "utf-8", 0)


@pytest.mark.parametrize("place", [0, 9, 20, 41])
@pytest.mark.parametrize(("encoding", "lost"), [("utf-8", 3), ("gb18030", 2), ("big5hkscs", 2)])
def test_damage_is_counted_and_seen(encoding, lost, place):
    story = "竹汐市12所國小導入智慧校園，學生證內建晶片，家長不必再等。" * 3
    start = len(story[:place].encode(encoding))
    broken = bytearray(story.encode(encoding))
    broken[start : start + lost] = b"\xff" * lost
    decoded = decode(bytes(broken))
    assert (decoded.encoding, decoded.undecodable) == (encoding, lost)
    assert "\ufffd" in decoded.text
    assert decoded.text.replace("\ufffd", "") == story[:place] + story[place + 1 :]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_cut_in_the_middle_of_a_character(encoding):
    data = _STORY.removesuffix("。").encode(encoding)
    decoded = decode(data[:-1])
    assert decoded.text == _STORY.removesuffix("来。") + "\ufffd"
    assert decoded.undecodable == len("来".encode(encoding)) - 1


def test_a_mark_and_damage_after_it():
    assert decode(b"\xef\xbb\xbf" + "青岚".encode() + b"\xff") == Decoded("青岚\ufffd", "utf-8", 1)
    assert decode(b"\xff\xfe" + "青岚".encode("utf-16-le") + b"\x01") == Decoded("青岚\ufffd", "utf-16-le", 1)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"PK\x03\x04" + random.Random(1).randbytes(5000),
        b"\x7fELF\x02\x01\x01" + bytes(200),
        bytes(100),
        "青岚河上的新桥昨天通车".encode("utf-16-le"),
        "これは新しい橋のニュースです。".encode("shift_jis"),
        b"\xff\xfe" + random.Random(2).randbytes(5000),
    ],
    ids=["png", "zip", "elf", "zeros", "utf-16 without a mark", "shift-jis", "a mark and noise"],
)
def test_what_is_not_text_is_refused(data):
    with pytest.raises(UnreadableFile):
        decode(data)


def test_utf_32_with_a_mark():
    assert decode("青岚河上的新桥昨天通车".encode("utf-32")) == Decoded("青岚河上的新桥昨天通车", "utf-32-le", 0)


@given(st.binary(max_size=300))
def test_bytes_are_decoded_or_refused(data):
    try:
        decoded = decode(data)
    except UnreadableFile:
        return
    assert (decoded.undecodable > 0) <= ("\ufffd" in decoded.text)
    if not decoded.undecodable and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        assert decoded.text.encode(decoded.encoding) == data


def test_real_feeds_in_old_encodings_are_read(shared):
    """Genuine GB2312 and Big5 bytes, and what independent judges found in them."""
    folder = shared / "html" / "encoding_feeds"
    wrong = {path.name: decode(path.read_bytes()).encoding for path in sorted(folder.glob("*.xml"))}
    expected = {name: "big5hkscs" if name.startswith("big5") else "gb18030" for name in wrong}
    assert wrong == expected
