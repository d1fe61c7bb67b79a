"""Bytes become text: the right encoding, nothing lost in silence."""

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.reading.decoding import Decoded, decode

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
_BODY = "青岚河上的新桥昨天通车，第一天就有两千多辆车开了过去，桥头的早点摊也跟着热闹起来。" * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("text", _SIMPLIFIED + _TRADITIONAL)
def test_every_text_comes_back_from_unicode_and_gb18030(text, encoding):
    assert decode(text.encode(encoding)) == Decoded(text, _NAMES[encoding], 0)


@pytest.mark.parametrize("text", _TRADITIONAL)
def test_traditional_text_comes_back_from_big5(text):
    hong_kong = "嘅" in text  # a character that only Hong Kong's own part of the encoding has
    assert decode(text.encode("big5hkscs")) == Decoded(text, "big5hkscs" if hong_kong else "big5", 0)


@pytest.mark.parametrize("text", _SIMPLIFIED)
def test_simplified_text_comes_back_from_gbk(text):
    assert decode(text.encode("gbk")) == Decoded(text, "gb18030", 0)


@given(
    st.lists(st.sampled_from(_SIMPLIFIED), min_size=1, max_size=4), st.sampled_from(["", "\n", " ", "\r\n", "GDP 2.5 "])
)
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
    text = (
        "<p>page</p>\n" * (size // 12)
        + {"gbk": "朱镕基考察了湘东区的厂房。", "big5hkscs": "竹汐市12所國小導入智慧校園。"}[encoding]
    )
    assert decode(text.encode(encoding)).text == text


def test_plain_ascii_and_nothing_at_all():
    assert decode(b"GDP 2.5\r\n") == Decoded("GDP 2.5\r\n", "utf-8", 0)
    assert decode(b"") == Decoded("", "utf-8", 0)
    assert decode(b"\xef\xbb\xbf") == Decoded("", "utf-8", 0)


@pytest.mark.parametrize("place", [0, 9, 20, 41])
@pytest.mark.parametrize(("encoding", "lost"), [("utf-8", 3), ("gb18030", 2), ("big5hkscs", 2)])
def test_damage_is_counted_and_seen(encoding, lost, place):
    article_text = "竹汐市12所國小導入智慧校園，學生證內建晶片，家長不必再等。" * 3
    start = len(article_text[:place].encode(encoding))
    broken = bytearray(article_text.encode(encoding))
    broken[start : start + lost] = b"\xff" * lost
    decoded = decode(bytes(broken))
    assert (decoded.encoding, decoded.undecodable) == (encoding, lost)
    assert "\ufffd" in decoded.text
    assert decoded.text.replace("\ufffd", "") == article_text[:place] + article_text[place + 1 :]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_cut_in_the_middle_of_a_character(encoding):
    data = _BODY.removesuffix("。").encode(encoding)
    decoded = decode(data[:-1])
    assert decoded.text == _BODY.removesuffix("来。") + "\ufffd"
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
    if (
        not decoded.undecodable
        and b"\0" not in data
        and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    ):
        assert decoded.text.encode(decoded.encoding) == data


def test_real_feeds_in_old_encodings_are_read(shared):
    """Genuine GB2312 and Big5 bytes, and what independent judges found in them."""
    folder = shared / "html" / "encoding_feeds"
    wrong = {path.name: decode(path.read_bytes()).encoding for path in sorted(folder.glob("*.xml"))}
    expected = {name: "big5" if name.startswith("big5") else "gb18030" for name in wrong}
    assert wrong == expected


def _as_in_a_browser(data):
    """Bytes decoded as Windows-1252, and the five that it does not define as the character of their number."""
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252") for byte in data
    )


_ISLAND = "竹汐市12所國小導入智慧校園，學生證內建晶片，家長不必再等。\r\n" * 3


@pytest.mark.parametrize(
    "read", [lambda data: data.decode("latin-1"), _as_in_a_browser], ids=["latin-1", "windows-1252"]
)
@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (_BODY, "utf-8", "utf-8 read as latin-1"),
        (_ISLAND, "utf-8", "utf-8 read as latin-1"),
        (_BODY, "gbk", "gb18030 read as latin-1"),
        (_ISLAND, "big5", "big5hkscs read as latin-1"),
        ("<p>GDP 2.5</p>\n" + _BODY, "utf-8", "utf-8 read as latin-1"),
        (_BODY[:8], "gbk", "gb18030 read as latin-1"),
    ],
)
@pytest.mark.parametrize("saved", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_was_read_as_western_text_and_saved_is_read_again(saved, text, encoding, name, read):
    assert decode(read(text.encode(encoding)).encode(saved)) == Decoded(text, name, 0, (("double_encoding", 1),))


def test_utf8_read_as_gb18030_and_saved_is_read_again():
    """A decoder of GB18030 loses one character in ten of this prose: those with a byte 80 between two pairs."""
    wrong = _BODY.encode().decode("gb18030", "replace")
    assert wrong.count("\ufffd") == 11
    # The last sign's last byte stands alone: that one is lost.
    assert decode(wrong.encode()) == Decoded(
        _BODY[:-1] + "\ufffd", "utf-8 read as gb18030", 2, (("double_encoding", 1),)
    )
    in_windows = wrong[:-1].replace("\ufffd", "€") + "\ufffd"
    assert decode(in_windows.encode()) == decode(wrong.encode())


def test_an_odd_byte_before_a_line_end_is_lost_and_nothing_else():
    text = "桥头的早点摊也跟着热闹起来，桥长三百二十多米\n第二行的字数也要不是双数才好，这样就才看得出来\n" * 3
    decoded = decode(text.encode().decode("gb18030", "replace").encode())
    assert decoded.text == text.replace("米", "�").replace("出来", "出�")
    assert (decoded.undecodable, decoded.repairs) == (12, (("double_encoding", 1),))


def test_a_few_signs_lost_in_between_stay_lost():
    """Those with one of the five bytes that Windows-1252 leaves open, where a program put U+FFFD for them."""
    lost = {sign for sign in _BODY if set(sign.encode()) & {0x81, 0x8D, 0x8F, 0x90, 0x9D}}
    assert lost == set("青千着来")
    decoded = decode(_BODY.encode().decode("cp1252", "replace").encode())
    assert decoded.text == "".join("\ufffd" if sign in lost else sign for sign in _BODY)
    assert (decoded.encoding, decoded.undecodable, decoded.repairs) == (
        "utf-8 read as latin-1",
        24,
        (("double_encoding", 1),),
    )


def test_of_two_bytes_a_lost_one_takes_no_other_sign_along():
    wrong = _BODY.encode("gbk").decode("latin-1")
    place = 2 * _BODY.index("桥")
    decoded = decode((wrong[: place + 1] + "\ufffd" + wrong[place + 2 :]).encode())
    assert decoded.text == _BODY.replace("桥", "\ufffd?", 1)
    assert (decoded.encoding, decoded.undecodable) == ("gb18030 read as latin-1", 1)


def test_what_lost_too_much_is_left_as_it_is_and_counted():
    """A reader of GBK cannot make out one sign in six, and which byte it met is not known: no sign is made up."""
    wrong = _BODY.encode().decode("gbk", "replace")
    assert decode(wrong.encode()) == Decoded(wrong, "utf-8", 0, (("lost_characters", 19),))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_mark_read_wrongly_goes_with_the_rest(mark):
    text = _BODY.removesuffix("。")
    wrong = (mark + text).encode().decode("gb18030", "replace")
    assert wrong.startswith("锘") == bool(mark)
    assert decode(wrong.encode()) == Decoded(text, "utf-8 read as gb18030", 0, (("double_encoding", 1),))


_ORDINARY = (
    *_SIMPLIFIED,
    *_TRADITIONAL,
    _BODY,
    "これは新しい橋のニュースです。駅前の商店街では朝から人があふれていました。",
    "ニュースセンター、サービス、コンピューター、データベース",
    "새로운 다리가 어제 개통되어 첫날에 이천 대가 넘는 차가 지나갔다.",
    "L'été dernier, le maire a inauguré un théâtre près de l'hôtel de ville : l'œuvre fût jouée, ça fait rêver.",
    "À la carte – “cliché” … naïve façade, 50 €",
    "Ünïcödé wïth mäný äccénts ßßß ÄÖÜ",
    "Новый мост через реку открылся вчера.",
    "The new bridge opened yesterday; 2,000 cars crossed it on the first day.",
    "项目\t数量\t占比\n第一产业\t12.5\t8.7％\n第二产业\t30.1\t21.0％\n",
    "│ 12.5 │ 8.7％ │\n─────┼─────\n± 3℃ ≥ 20㎡ № 5",
    "½ ¼ ¾ £ ¥ § ° × ÷ « »",
    "①②③④⑤ⅠⅡⅢ ★★★●●●■■■",
    "龘靐齉爩鱻麤灪籲爨癵",
    "😀😃😄😁😆😅😂🙂🙃",
)


@given(
    st.lists(st.sampled_from(_ORDINARY), min_size=1, max_size=4).map("\n".join),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_ordinary_text_is_never_repaired(text, encoding):
    assert decode(text.encode(encoding)) == Decoded(text, _NAMES[encoding], 0)


@given(
    st.lists(st.sampled_from(_SIMPLIFIED + _TRADITIONAL[:2]), min_size=1, max_size=5),
    st.sampled_from(["gb18030", "gbk"]),
)
def test_ordinary_text_in_an_old_encoding_is_never_repaired(sentences, encoding):
    text = "\n".join(sentences)
    assert decode(text.encode(encoding)) == Decoded(text, "gb18030", 0)


def test_lines_in_two_encodings_are_each_read_as_what_they_are():
    first, second = "青岚河上的新桥昨天通车，桥头热闹。", "镕基总理考察了拓源实业的厂房，产值30亿元。"
    data = (
        f"{first}\n".encode()
        + f"{second}\r\n".encode("gbk")
        + b"GDP 2.5\n"
        + first.encode()
        + b"\n"
        + second.encode("gbk")
    )
    expected = f"{first}\n{second}\r\nGDP 2.5\n{first}\n{second}"
    assert decode(data) == Decoded(expected, "utf-8+gb18030", 0, (("mixed_encodings", 2),))


def test_one_damaged_line_makes_no_second_encoding():
    data = "青岚河上的新桥昨天通车，桥头热闹。\n".encode() * 3 + b"\xff\xfe\xff\n"
    assert decode(data) == Decoded("青岚河上的新桥昨天通车，桥头热闹。\n" * 3 + "\ufffd" * 3 + "\n", "utf-8", 3)


@pytest.mark.parametrize(
    ("lost", "places"),
    [
        ("锟斤拷", 1),
        ("锟斤拷锟斤拷锟", 2),
        ("锟斤", 1),
        ("\ufffd\ufffd", 1),
        ("\ufffd新\ufffd", 2),
        ("锘", 1),
        ("锘匡豢", 1),
        ("锘\ufeff", 1),
        ("锟、斤、拷", 0),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_was_lost_before_is_counted_and_left(encoding, lost, places):
    text = _BODY + lost + _BODY
    assert decode(text.encode(encoding)) == Decoded(text, encoding, 0, (("lost_characters", places),) if places else ())


def test_only_undecodable_bytes_are_replaced():
    assert decode(_BODY.encode("gb18030") + b"\xff").undecodable == 1
    unencodable = UnicodeEncodeError("gb18030", "\ud800", 0, 1, "surrogate")
    with pytest.raises(UnicodeEncodeError):
        codecs.lookup_error("zhiwen-visible")(unencodable)


_NOTICE = "青岚河新桥通车\n2024-03-05\n桥上每天有两千多辆车开过，过桥费每辆5元。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("pad", "runs"),
    [
        (lambda data, end: data + b"\0" * 4000, 1),
        (lambda data, end: b"\0\0" + data, 1),
        (lambda data, end: data.replace(end, b"\0" + end), 3),
        (lambda data, end: data.replace(end, end + b"\0\0\0"), 3),
    ],
    ids=["tail", "start", "before line ends", "after line ends"],
)
def test_nuls_around_lines_are_left_out_and_counted(encoding, end, pad, runs):
    text = _NOTICE.replace("\n", end)
    decoded = decode(pad(text.encode(encoding), end.encode()))
    assert (decoded.text, decoded.encoding, decoded.repairs) == (text, encoding, (("nul_runs", runs),))


def test_nuls_between_two_fields_become_a_space():
    assert decode("新桥\0\0\0通车\0".encode()).text == "新桥 通车"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [_NOTICE, "plain words of a note\r\nand more\r\n", "id\ttext\n1\t新桥昨天通车\n", "#define BRIDGE 1 // 新桥\n" * 9],
)
def test_utf16_without_a_mark(encoding, text):
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.repairs) == (text, encoding, ())
    padded = decode(text.encode(encoding) + b"\0\0\0\0")
    assert (padded.text, padded.repairs) == (text, (("nul_runs", 1),))


def test_binary_data_with_nuls_is_refused():
    with pytest.raises(UnreadableFile):
        decode(bytes(range(256)) * 8)
    with pytest.raises(UnreadableFile):
        decode(b"\x7fELF\2\1\1" + b"\0" * 9 + bytes(range(1, 32)) * 40)
