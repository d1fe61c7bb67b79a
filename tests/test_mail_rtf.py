"""Mails of Outlook whose only text is RTF: their text, tables and Chinese however it is written, or a reason."""

from pathlib import Path

import pytest
from compressed_rtf import compress
from office_files import msg

from index.reading.files import read_articles

_TEXT = "青岚河上的新桥昨天通车，两千多辆车开了过去。"
_FONTS = r"{\fonttbl{\f0\fnil\fcharset0 Calibri;}{\f1\fnil\fcharset134 SimSun;}}"


def _read(rtf, **more):
    return read_articles(Path("/x/a.msg"), msg("新桥", rtf=compress(rtf.encode("latin-1")), **more))


def _text(rtf):
    (article,) = _read(rtf).articles
    return article.text


def _escaped(text, encoding="gb18030"):
    return "".join(rf"\'{byte:02x}" for byte in text.encode(encoding))


def _numbered(text):
    units = text.encode("utf-16-le")
    codes = (int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2))
    return "".join(rf"\u{code}?" for code in codes)


@pytest.mark.parametrize(
    "body",
    [
        rf"{{\rtf1\ansi\ansicpg936{_FONTS}\f1 {_escaped(_TEXT)}\par}}",
        rf"{{\rtf1\ansi\ansicpg936{_FONTS}\f0 {_escaped(_TEXT)}\par}}",
        rf"{{\rtf1\ansi\ansicpg1252{_FONTS}\f1 {_escaped(_TEXT)}\par}}",
        rf"{{\rtf1\ansi\ansicpg1252{_FONTS}\f0\uc1 {_numbered(_TEXT)}\par}}",
        rf"{{\rtf1\ansi\ansicpg936{_FONTS}\f1 {_TEXT.encode('gb18030').decode('latin-1')}\par}}",
        r"{\rtf1\ansi\ansicpg936\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 "
        + _escaped(_TEXT)
        + r"\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}",
        r"{\rtf1\ansi\ansicpg936{\pict\pngblip 89504e470d0a1a0a}" + _escaped(_TEXT) + "}",
    ],
    ids=("gbk", "gbk in another font", "charset of the font", "numbers", "raw bytes", "html", "picture"),
)
def test_a_text_is_read_however_it_is_written(body):
    assert _text(body) == _TEXT


def test_big5_is_told_by_its_code_page():
    assert _text(rf"{{\rtf1\ansi\ansicpg950 {_escaped('青山依舊在。', 'big5')}\par}}") == "青山依舊在。"


def test_a_character_of_two_halves_and_a_link_are_whole():
    link = r'{\field{\*\fldinst{HYPERLINK "http://a.example/1"}}{\fldrslt{' + _escaped("公告") + "}}}"
    assert _text(rf"{{\rtf1\ansi\ansicpg936 {_numbered('𬭚的产量')}{link}\par}}") == "𬭚的产量公告"


def test_the_cells_of_a_table_stand_with_their_heads():
    rows = [("县", "产量（万吨）", "户数"), ("古楼", "7.9", "310"), ("白马", "", "280")]
    table = "".join(
        r"\trowd\cellx1000\cellx2000\cellx3000 " + "".join(rf"{_escaped(cell)}\cell " for cell in row) + r"\row "
        for row in rows
    )
    assert _text(
        rf"{{\rtf1\ansi\ansicpg936 {_escaped('如下。')}\par {table}\pard {_escaped('完。')}\par}}"
    ) == "\n".join(["如下。", "县：古楼，产量7.9万吨，户数：310。", "县：白马，产量：—，户数：280。", "完。"])


def test_what_is_damaged_or_too_large_is_a_reason_and_its_files_are_read():
    sound = compress(rf"{{\rtf1\ansi\ansicpg936 {_escaped(_TEXT)}\par}}".encode())
    large = b"\0" * 12 + b"MELA" + b"\0" * 300_000
    for rtf in (sound[:40], sound[:20] + b"\0\0" + sound[22:], b"x", large):
        contents = read_articles(Path("/x/a.msg"), msg("新桥", rtf=rtf))
        assert contents.articles == ()
        assert [problem.code for problem in contents.problems] == ["reading.mail_rtf"]
    contents = read_articles(Path("/x/a.msg"), msg("新桥", rtf=b"x", attachments=[("a.txt", _TEXT.encode())]))
    assert [article.text for article in contents.articles] == [_TEXT]
    assert [problem.code for problem in contents.problems] == ["reading.mail_rtf"]
