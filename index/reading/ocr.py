"""Recognize the text of a picture: which way up it is, its lines in reading order, and how sure they are.

Knows RapidOCR (extra `ocr`), which runs on this machine with the models in its package. Does not know files.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from index.reading.layout import arranged
from index.reading.pieces import Item, Piece, middle_of, rows_of
from index.records import Document
from index.runtime import silence_onnxruntime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST = 0.5  # a line that is less sure is left out: it is no text
_UNSURE = 0.8  # a page that is less sure may stand on its head
_TALL = 1.5  # times as high as wide: a line that runs upwards
_SIZED = 6  # characters: the box of a shorter line is too loose to tell its size
_LONGEST = 2.0  # times as high as wide: a longer picture is cut into bands
_BAND_SIDE = 2_000  # dots: what the detector sees at most
# The circle in 二〇二三年 may be read as a letter or as 0. Where it is left out the year stays: 二二三年 may be 223.
_ROUND = "OoQ0○◯"
_YEAR = re.compile(rf"(?<![一二三四五六七八九十百千万〇\d])[一二][一二三四五六七八九〇{_ROUND}]{{3}}(?=\s?年)")
_CIRCLES = str.maketrans(dict.fromkeys(_ROUND, "〇"))
_ENGINE = threading.Lock()


@dataclass(frozen=True, slots=True)
class Recognized:
    """The lines and tables of a picture in reading order, how many characters they are, and how sure they are."""

    items: list[Item]
    text: str = ""
    characters: int = 0
    sure: float = 0.0  # 0 to 1, the mean of the characters


@dataclass(frozen=True, slots=True)
class _Reading:
    """The pieces that were read on a picture turned by quarters of a circle."""

    pieces: list[Piece] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    upright: int = 0  # pieces that run upwards or downwards

    @property
    def characters(self) -> int:
        return sum(len(piece.text) for piece in self.pieces)

    @property
    def weight(self) -> float:
        """How much was read, and how surely."""
        return sum(len(piece.text) * score for piece, score in zip(self.pieces, self.scores, strict=True))


@cache
def can_recognize() -> bool:
    """Return True if the extra `ocr` is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def sureness(pages: Sequence[Recognized]) -> float:
    """Return how sure the recognition of several pages is, by their characters."""
    characters = sum(page.characters for page in pages)
    return sum(page.sure * page.characters for page in pages) / characters if characters else 0.0


def with_origin(document: Document, sure: float) -> Document:
    """Return a document that says that its text was recognized, and how surely: `ocr 0.97`."""
    return replace(document, origins=tuple(sorted((*document.origins, ("text", f"ocr {sure:.2f}")))))


def recognized(pixels: NDArray[np.uint8]) -> Recognized:
    """Recognize the text of a picture, given as rows of dots with three colours."""
    reading = _upright_reading(pixels)
    if not reading.pieces:
        return Recognized([])
    items = arranged(reading.pieces, [])
    text = "\n".join(piece.text for piece in reading.pieces)
    return Recognized(items, text, reading.characters, reading.weight / reading.characters)


def _upright_reading(pixels: NDArray[np.uint8]) -> _Reading:
    """Return what is read with the picture turned the way in which most is read, and most surely."""
    import numpy as np

    best = _read(pixels)
    if 2 * best.upright > len(best.pieces):
        for turn in (1, 3):
            other = _read(np.ascontiguousarray(np.rot90(pixels, turn)))
            # The same lines are read as surely while they run upwards, but in another order.
            if other.weight > (0.8 if best.upright else 1.0) * best.weight:
                best = other
            if best.weight > _UNSURE * best.characters and not best.upright:
                break
    elif best.pieces and best.weight < _UNSURE * best.characters:
        other = _read(np.ascontiguousarray(np.rot90(pixels, 2)))
        if other.weight > best.weight:
            best = other
    return best


def _read(pixels: NDArray[np.uint8]) -> _Reading:
    """Return what is read on a picture as it lies."""
    pieces: list[Piece] = []
    scores: list[float] = []
    upright = 0
    for top, band in _bands(pixels):
        with _ENGINE:
            result = _engine()(band)
        if getattr(result, "boxes", None) is None or not getattr(result, "txts", None):
            continue
        slope = _slope(result.boxes)
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
            if not text.strip() or score < _LEAST:
                continue
            xs, ys = [float(x) for x, _ in box], [float(y) for _, y in box]
            wide, high = max(xs) - min(xs), max(ys) - min(ys)
            upright += high > _TALL * wide and len(text) > 1
            # The height of a slanting line is that of its left side; its middle lies where a level one's would.
            side = (abs(ys[3] - ys[0]) + abs(ys[2] - ys[1])) / 2 or high
            size = side if len(text) >= _SIZED else 0.0
            middle = sum(ys) / 4 - slope * (sum(xs) / 4) + top
            pieces.append(
                Piece(with_circles(text.strip()), min(xs), -middle - side / 2, max(xs), -middle + side / 2, size=size)
            )
            scores.append(float(score))
    score_of = {id(piece): score for piece, score in zip(pieces, scores, strict=True)}
    ordered = [(number, piece) for number, row in enumerate(rows_of(pieces)) for piece in row]
    scores = [score_of[id(piece)] for _, piece in ordered]
    return _Reading([replace(piece, line=number) for number, piece in ordered], scores, upright)


def with_circles(text: str) -> str:
    """Return recognized text with circles in its years of Chinese figures.

    >>> with_circles("二O二三年至二0二0年")
    '二〇二三年至二〇二〇年'
    """
    return _YEAR.sub(lambda match: match[0].translate(_CIRCLES), text)


def _slope(boxes: Any) -> float:
    """Return by how much the lines of a picture that lies askew fall to the right."""
    slopes = [
        (box[1][1] - box[0][1]) / (box[1][0] - box[0][0])
        for box in boxes
        if box[1][0] - box[0][0] > 4 * abs(box[3][1] - box[0][1])
    ]
    slope = float(middle_of(slopes)) if slopes else 0.0
    return slope if abs(slope) < 0.3 else 0.0


def _bands(pixels: NDArray[np.uint8]) -> list[tuple[int, NDArray[np.uint8]]]:
    """Return a long picture in bands, cut where the fewest dots are dark: (its first row, band)."""
    height, width = pixels.shape[:2]
    if height <= max(_LONGEST * width, _BAND_SIDE):
        return [(0, pixels)]
    step = max(int(1.4 * width), 800)
    bands, top = [], 0
    ink = pixels.min(axis=2).astype("int16")
    while height - top > 1.5 * step:
        low, high = top + step * 3 // 4, top + step * 5 // 4
        spread = ink[low:high].max(axis=1) - ink[low:high].min(axis=1)
        cut = low + int(spread.argmin())
        bands.append((top, pixels[top:cut]))
        top = cut
    return [*bands, (top, pixels[top:])]


@cache
def _engine() -> Any:
    """Return the recognizer. Takes a second to load."""
    silence_onnxruntime()
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical", "Global.use_cls": False, "Global.text_score": 0.0})
