"""Pictures and scanned pages: what is read, which way up, how sure, and what is said where nothing can be read."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, features
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from index.doctor import as_json, examine
from index.errors import UnreadableFile
from index.reading.files import read_articles, read_bytes
from index.reading.ocr import Recognized, can_recognize, recognized
from index.reading.pdf import read_pdf
from index.reading.pictures import PICTURES, read_picture
from index.reading.pieces import Line
from index.records import Article
from index.reindex import main as reindex
from index.text.cleaning import clean, running_text
from index.text.repairs import repaired

_FONT = "DejaVuSans.ttf"  # Pillow knows where systems keep it; figures and Latin words are enough here
_LINES = ["Output 8640 tons", "Workers 1250", "Growth 7.5%"]
_needs_ocr = pytest.mark.skipif(not can_recognize(), reason="the extra `ocr` is not installed")


def _sheet(lines=_LINES, size=(760, 420), turn=0) -> Image.Image:
    sheet = Image.new("L", size, 255)
    draw = ImageDraw.Draw(sheet)
    try:
        face = ImageFont.truetype(_FONT, 36)
    except OSError:
        face = ImageFont.load_default(36)
    for number, line in enumerate(lines):
        draw.text((60, 50 + 70 * number), line, font=face, fill=0)
    return sheet.rotate(turn, expand=True, fillcolor=255)


def _saved(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _scan(*sheets: Image.Image, stamp="") -> bytes:
    file = io.BytesIO()
    page = canvas.Canvas(file, pagesize=(380, 210), invariant=1)
    for sheet in sheets:
        page.drawImage(ImageReader(sheet), 0, 0, 380, 210)
        page.setFont("Helvetica", 8)
        page.drawString(150, 6, stamp)
        page.showPage()
    page.save()
    return file.getvalue()


def _words(text: str) -> str:
    return "".join(text.split())


_EXPECTED = _words("".join(_LINES))


@_needs_ocr
@pytest.mark.parametrize("turn", [2, 90, 180, 270])
def test_text_is_read_whichever_way_up_it_lies(turn):
    document = read_picture(_saved(_sheet(turn=turn), "PNG"))
    assert _words(document.text) == _EXPECTED
    (origin,) = document.origins
    assert origin[0] == "text"
    assert 0.8 < float(origin[1].removeprefix("ocr ")) <= 1


@_needs_ocr
def test_a_scan_is_read_without_its_stamp_and_the_article_says_how_sure(tmp_path):
    (tmp_path / "scan.pdf").write_bytes(_scan(_sheet(), stamp="Scanned with CamScanner"))
    (article,) = read_articles(tmp_path / "scan.pdf", (tmp_path / "scan.pdf").read_bytes()).articles
    assert _words(article.text) == _EXPECTED
    assert dict(article.repairs)["pages_recognized"] == 1
    assert article.recognized is not None
    assert article.recognized > 0.8
    (examined,) = examine([tmp_path])
    assert as_json(examined)["ocr"] == article.recognized


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_every_kind_of_picture_gives_the_same_dots(kind, monkeypatch):
    if kind == "WEBP" and not features.check("webp"):
        pytest.skip("this Pillow reads no webp")
    seen = []
    _recognize(monkeypatch, lambda pixels: seen.append(pixels) or Recognized([], "字", 1, 0.9))
    read_picture(_saved(_sheet(), kind))
    (pixels,) = seen
    assert pixels.shape == (420, 760, 3)
    assert abs(int(pixels.mean()) - 250) < 12


def _recognize(monkeypatch, recognize):
    for module in ("pdf", "pictures"):
        monkeypatch.setattr(f"index.reading.{module}.can_recognize", lambda: True)
        monkeypatch.setattr(f"index.reading.{module}.recognized", recognize)


@pytest.mark.parametrize(
    "picture",
    [Image.new("RGBA", (40, 30), (0, 0, 0, 0)), Image.new("LA", (40, 30), (0, 0)), Image.new("1", (40, 30), 1)],
)
def test_what_shines_through_is_paper(picture, monkeypatch):
    seen = []
    _recognize(monkeypatch, lambda pixels: seen.append(pixels) or Recognized([], "字", 1, 0.9))
    read_picture(_saved(picture, "PNG"))
    assert seen[0].min() == 255


def test_a_photo_is_turned_as_the_camera_says(monkeypatch):
    seen = []
    _recognize(monkeypatch, lambda pixels: seen.append(pixels.shape) or Recognized([], "字", 1, 0.9))
    exif = Image.Exif()
    exif[274] = 6
    read_picture(_saved(Image.new("RGB", (40, 30), "white"), "JPEG", exif=exif))
    assert seen == [(40, 30, 3)]


def test_each_page_of_a_tif_is_read_and_of_a_moving_picture_the_first(monkeypatch):
    seen = []
    _recognize(monkeypatch, lambda pixels: seen.append(0) or Recognized([], "字", 1, 0.9))
    sheets = [Image.new("L", (40, 30), shade) for shade in (255, 128, 0)]
    document = read_picture(_saved(sheets[0], "TIFF", save_all=True, append_images=sheets[1:]))
    assert (len(seen), dict(document.repairs)) == (3, {"pages_recognized": 3})
    read_picture(_saved(sheets[0], "PNG", save_all=True, append_images=sheets[1:]))
    assert len(seen) == 4


def test_a_picture_that_unpacks_to_a_bomb_is_refused(monkeypatch):
    _recognize(monkeypatch, lambda pixels: pytest.fail("unpacked"))
    data = _saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(data) < 100_000
    with pytest.raises(UnreadableFile) as raised:
        read_picture(data)
    assert raised.value.code == "reading.picture_too_large"


def test_a_huge_picture_is_scaled_down(monkeypatch):
    seen = []
    _recognize(monkeypatch, lambda pixels: seen.append(pixels.shape) or Recognized([], "字", 1, 0.9))
    read_picture(_saved(Image.new("L", (6_000, 4_500), 255), "PNG"))
    assert seen == [(3_000, 4_000, 3)]


@_needs_ocr
def test_a_long_picture_is_read_in_bands():
    lines = [f"Line {number} has {number * 37} tons" for number in range(30)]
    read = _words(read_picture(_saved(_sheet(lines, (760, 2_200)), "PNG")).text)
    assert read == _words("".join(lines))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), place=st.integers(0, 2_000), kind=st.sampled_from(["PNG", "JPEG", "TIFF"]))
def test_any_damage_to_a_picture_is_survived(data, place, kind):
    whole = _saved(Image.new("L", (60, 50), 200), kind)
    with pytest.MonkeyPatch.context() as patch:
        _recognize(patch, lambda pixels: Recognized([], "字", 1, 0.9))
        place %= len(whole)
        try:
            read_picture(whole[:place] + data + whole[place + len(data) :])
        except UnreadableFile as error:
            assert error.message


def test_a_picture_without_text_and_one_that_is_none_are_told(monkeypatch):
    _recognize(monkeypatch, lambda pixels: Recognized([]))
    for data, code in ((_saved(_sheet([]), "PNG"), "reading.ocr_nothing"), (b"\x89PNG\r\n", "reading.no_picture")):
        with pytest.raises(UnreadableFile) as raised:
            read_picture(data)
        assert raised.value.code == code


def test_pages_with_text_are_not_recognized(monkeypatch):
    _recognize(monkeypatch, lambda pixels: pytest.fail("recognized"))
    file = io.BytesIO()
    page = canvas.Canvas(file)
    page.drawString(100, 700, "The bridge was opened yesterday.")
    page.showPage()
    page.showPage()  # an empty page shows nothing
    page.save()
    assert read_pdf(file.getvalue()).text == "The bridge was opened yesterday."


@pytest.mark.parametrize(
    ("stamp", "kept"), [("Annual report", True), ("Scanned with CamScanner", False), ("- 12 -", False)]
)
def test_a_headline_on_a_picture_stays_and_a_stamp_goes(stamp, kept, monkeypatch):
    text = "水费每亩六十六元。"
    _recognize(monkeypatch, lambda pixels: Recognized([Line(text)], text, len(text), 0.9))
    assert read_pdf(_scan(_sheet([]), stamp=stamp)).text == (f"{text}\n{stamp}" if kept else text)


def test_a_page_drawn_as_outlines_is_recognized(monkeypatch):
    _recognize(monkeypatch, lambda pixels: Recognized([], "字", 1, 0.9))
    file = io.BytesIO()
    page = canvas.Canvas(file)
    page.bezier(10, 10, 40, 80, 90, 20, 120, 90)
    page.showPage()
    page.save()
    assert dict(read_pdf(file.getvalue()).repairs)["pages_recognized"] == 1


@pytest.mark.parametrize("suffix", sorted(PICTURES))
def test_without_the_extra_one_line_says_what_to_install(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr("index.reading.pictures.can_recognize", lambda: False)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\x89PNG\r\n")
    (problem,) = read_articles(path, read_bytes(path)).problems
    assert problem.code == "reading.ocr_missing"
    assert "pip install -e '.[ocr]'" in problem.words("zh")
    assert "pip install -e '.[ocr]'" in problem.words("en")


def test_after_the_extra_is_installed_the_next_run_reads_the_picture(tmp_path, monkeypatch, capsys):
    folder, store = tmp_path / "in", tmp_path / "store"
    folder.mkdir()
    (folder / "a.png").write_bytes(_saved(_sheet(), "PNG"))
    (folder / "b.pdf").write_bytes(_scan(_sheet()))
    for module in ("pdf", "pictures"):
        monkeypatch.setattr(f"index.reading.{module}.can_recognize", lambda: False)
    command = [str(folder), "--store", str(store), "--model", "static", "--json"]
    assert reindex(command) == 1
    first = json.loads(capsys.readouterr().out)
    assert {each["code"] for each in first["unreadable"]} == {"reading.ocr_missing", "reading.pdf_pictures"}
    text = "新桥昨天通车，过桥费每辆五元。"
    _recognize(monkeypatch, lambda pixels: Recognized([Line(text)], text, len(text), 0.97))
    assert reindex(command) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 2


def test_spaces_between_recognized_characters_are_closed_in_text_and_title():
    text = "开 闸 放 水\n西 坪 灌 区 今 年 每 亩 水 费 定 为 66 元。"
    cleaned = clean(text)
    assert "西坪灌区今年每亩水费定为66元。" in running_text(text, cleaned)
    assert repaired("开 闸 放 水") == "开闸放水"


def test_how_sure_is_kept_only_of_recognized_text():
    assert Article("1", "a", "字", "ocr", origins=(("text", "ocr 0.97"),)).recognized == 0.97
    assert Article("1", "a", "字", "utf-8", origins=(("text", "description"),)).recognized is None
    assert Article("1", "a", "字", "utf-8").recognized is None


@_needs_ocr
def test_recognition_needs_no_network(monkeypatch):
    import socket

    import numpy as np

    from index.reading import ocr

    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("opened a connection"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("asked for an address"))
    ocr._engine.cache_clear()  # its models are loaded once more
    assert recognized(np.full((60, 80, 3), 255, np.uint8)).items == []
