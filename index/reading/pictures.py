"""Read a picture (png, jpg, bmp, tif, webp): the text that recognition reads on it, page by page.

Knows picture files: how large one may be, which way up it was taken. Does not know recognition (index.reading.ocr).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.errors import UnreadableFile
from index.progress import track
from index.reading.ocr import can_recognize, recognized, sureness, with_origin
from index.reading.paragraphs import Page, paragraphs
from index.records import Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
_KINDS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_LARGEST = 150_000_000  # dots; a sheet of A2 at 600 dots an inch has 139 million
_WIDEST = 3_000  # dots of the shorter side; text that fills a page can be read in 2,000
_PAGES = 1_000  # in one file


def read_picture(data: bytes) -> Document:
    """Recognize the text of a picture. Raises UnreadableFile if that cannot be done here, or if it holds no text."""
    if not can_recognize():
        raise UnreadableFile("reading.ocr_missing")
    pages = [recognized(pixels) for pixels in track(_opened(data), "progress.recognizing", None)]
    read = [page for page in pages if page.characters]
    if not read:
        raise UnreadableFile("reading.ocr_nothing")
    lines, counts = paragraphs([Page(page.items) for page in read])
    more = (("pages_recognized", len(read)), ("pages_without_text", len(pages) - len(read)))
    repairs = counts + tuple((name, count) for name, count in more if count)
    return with_origin(Document("\n".join(lines), "ocr", repairs=repairs), sureness(read))


def _opened(data: bytes) -> Iterator[NDArray[np.uint8]]:
    """Yield the pages of a picture file as dots of three colours. Raises UnreadableFile."""
    import warnings

    from PIL import Image, ImageOps, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damage and size are told below
        try:
            Image.init()  # a list of kinds is looked up without it
            with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
                # Other kinds with several pictures move.
                for number in range(min(getattr(picture, "n_frames", 1), _PAGES) if picture.format == "TIFF" else 1):
                    picture.seek(number)
                    if picture.width * picture.height > _LARGEST:
                        raise UnreadableFile("reading.picture_too_large", size=_LARGEST // 1_000_000)
                    yield _dots(ImageOps.exif_transpose(_scaled(picture)))
        except Image.DecompressionBombError:
            raise UnreadableFile("reading.picture_too_large", size=_LARGEST // 1_000_000) from None
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError):
            raise UnreadableFile("reading.no_picture") from None


def _scaled(picture: Any) -> Any:
    """Return a picture whose shorter side is no longer than needed."""
    side = min(picture.size)
    if side <= _WIDEST:
        return picture
    size = (picture.width * _WIDEST // side, picture.height * _WIDEST // side)
    picture.draft(None, size)  # a JPEG is then decoded small
    return picture.resize(size, reducing_gap=2.0) if min(picture.size) > _WIDEST else picture


def _dots(picture: Any) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    if "A" in picture.getbands() or "transparency" in picture.info:  # what shines through is paper
        clear = picture.convert("RGBA")
        picture = Image.new("RGBA", clear.size, "white")
        picture.alpha_composite(clear)
    elif picture.mode.startswith("I;16"):
        return np.asarray(Image.fromarray((np.asarray(picture) >> 8).astype("uint8")).convert("RGB"))
    return np.asarray(picture.convert("RGB"))
