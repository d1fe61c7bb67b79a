"""Measure how many characters of drawn pages text recognition gets wrong, and how long a page takes.

Knows how to draw pages of the sample articles as a scanner would see them: fonts, resolutions, a stamp, a slight turn,
grain. Asks the reader of pictures for their text, as an index run does.

    python -m benchmarks.ocr [--fonts FILE ...] [--write]

Without --fonts it takes those of Debian's packages fonts-noto-cjk, fonts-wqy-microhei and fonts-arphic-ukai that are
installed. --write saves the figures in benchmarks/results/ocr.json. Needs the extras `ocr` and `bench`.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.quality import provenance
from index.reading.pictures import read_picture

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).parent / "results" / "ocr.json"
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/ukai.ttc",
)
# Articles without made damage, in simplified and traditional characters.
_ARTICLES = {
    "simplified": ("003_zhongcai_lvmo.txt", "012_budget_2024.txt"),
    "traditional": ("010_remote_clinic.txt", "011_spring_tea.txt"),
}
_ASKED = {"simplified": 0.03, "traditional": 0.06}  # characters wrong at most
_PAPER = (595, 842)  # points: A4
_MARGIN, _SIZE, _LEADING = 62, 12, 20  # points


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn page and what stands on it."""

    article: str
    script: str
    font: str
    dpi: int
    look: str  # plain, stamped or turned
    text: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """What recognition made of one page."""

    article: str
    script: str
    font: str
    dpi: int
    look: str
    characters: int
    wrong: int
    sure: float
    seconds: float  # of the processor


def pages(fonts: Sequence[Path]) -> Iterator[Page]:
    """Yield each article's first page in each font, resolution and look."""
    for script, names in _ARTICLES.items():
        for name in names:
            for font in fonts:
                for dpi in (150, 300):
                    for look in ("plain", "stamped", "turned"):
                        yield _drawn(name, script, font, dpi, look)


def _drawn(name: str, script: str, font: Path, dpi: int, look: str) -> Page:
    text = (_ROOT / "corpus" / name).read_text(encoding="utf-8")
    scale = dpi / 72
    width, height = (int(side * scale) for side in _PAPER)
    sheet = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(sheet)
    # A collection of Noto holds the forms of Taiwan as its fourth member.
    face = ImageFont.truetype(
        font, int(_SIZE * scale), index=3 if script == "traditional" and "Noto" in font.name else 0
    )
    lines = list(_lines(text, face, width - 2 * _MARGIN * scale))
    lines = lines[: int((_PAPER[1] - 2 * _MARGIN) / _LEADING)]
    for number, line in enumerate(lines):
        draw.text((_MARGIN * scale, (_MARGIN + number * _LEADING) * scale), line, font=face, fill=20)
    picture = sheet
    if look == "stamped":
        picture = _stamped(sheet.convert("RGB"), font, scale)
    elif look == "turned":
        picture = sheet.rotate(1.5, resample=Image.Resampling.BICUBIC, fillcolor=250)
    picture = picture.filter(ImageFilter.GaussianBlur(dpi / 300))
    grain = Image.effect_noise(picture.size, 18).convert(picture.mode)
    picture = Image.blend(picture, grain, 0.08)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, dpi=(dpi, dpi))
    return Page(name, script, font.stem, dpi, look, "".join(lines), file.getvalue())


def _lines(text: str, face: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    """Yield the lines of a text in a column of this width, in dots."""
    for paragraph in text.split("\n"):
        line = ""
        for character in paragraph.strip():
            if face.getlength(line + character) > width:
                yield line
                line = ""
            line += character
        if line:
            yield line


def _stamped(sheet: Image.Image, font: Path, scale: float) -> Image.Image:
    """Return a page with a round red stamp at its foot, over text where there is some."""
    draw = ImageDraw.Draw(sheet)
    left, top, side = 400 * scale, 650 * scale, 110 * scale
    draw.ellipse((left, top, left + side, top + side), outline=(215, 60, 60), width=int(3 * scale))
    draw.regular_polygon((left + side / 2, top + side / 2, 16 * scale), 5, fill=(215, 60, 60))
    face = ImageFont.truetype(font, int(11 * scale))
    draw.text((left + 0.2 * side, top + 0.7 * side), "合同专用章", font=face, fill=(215, 60, 60))
    return sheet


def measured(page: Page) -> Measured:
    """Return what recognition makes of one page."""
    begin = time.process_time()
    document = read_picture(page.picture)
    seconds = time.process_time() - begin
    read = _comparable(document.text.replace("合同专用章", ""))
    wrong = _edits(_comparable(page.text), read)
    sure = float(dict(document.origins)["text"].removeprefix("ocr "))
    return Measured(
        page.article, page.script, page.font, page.dpi, page.look, len(_comparable(page.text)), wrong, sure,
        round(seconds, 2),
    )  # fmt: skip


def _comparable(text: str) -> str:
    """Return a text without spaces, in ordinary width: no eye tells a wide comma on paper."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _edits(one: str, other: str) -> int:
    """Return how many characters must be put in, taken out or replaced."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


def summary(results: Sequence[Measured]) -> dict[str, object]:
    """Return the share of wrong characters and the seconds a page, by script, font, resolution and look."""
    groups: dict[str, list[Measured]] = {}
    for each in results:
        for key in (each.script, *(f"{each.script} {part}" for part in (each.font, f"{each.dpi} dpi", each.look))):
            groups.setdefault(key, []).append(each)
    return {
        key: {
            "pages": len(group),
            "wrong": round(sum(each.wrong for each in group) / sum(each.characters for each in group), 4),
            "worst": round(max(each.wrong / each.characters for each in group), 4),
            "seconds": round(sum(each.seconds for each in group) / len(group), 2),
        }
        for key, group in groups.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if more characters are wrong than asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocr", description=__doc__.split("\n")[0])
    parser.add_argument("--fonts", nargs="+", type=Path, default=[Path(font) for font in _FONTS], metavar="FILE")
    parser.add_argument("--write", action="store_true", help="save the figures in benchmarks/results/ocr.json")
    options = parser.parse_args(arguments)
    fonts = [font for font in options.fonts if font.exists()]
    random.seed(0)
    results = []
    for page in pages(fonts):
        results.append(measured(page))
        print(json.dumps(asdict(results[-1]), ensure_ascii=False), flush=True)  # noqa: T201
    shares = summary(results)
    print(json.dumps(shares, ensure_ascii=False, indent=1))  # noqa: T201
    if options.write:
        saved = {**provenance(), "summary": shares, "pages": [asdict(each) for each in results]}
        _RESULTS.write_text(json.dumps(saved, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    checked = {script: group for script in _ASKED if (group := shares.get(script))}
    return int(any(group["wrong"] > _ASKED[script] for script, group in checked.items()))  # type: ignore[index]


if __name__ == "__main__":
    raise SystemExit(main())
