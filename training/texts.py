"""Reads the training texts. Knows their file alone."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path


def training_texts(data: Path) -> Iterator[dict[str, str]]:
    """Yield every article of text.jsonl.xz, in the file's order: `set` (its source), `title`, `text`, `date`."""
    with lzma.open(data / "text.jsonl.xz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
