"""Which part of the files a run takes: N runs on N machines feed one store.

Knows how files are divided. Does not read them, and does not know who takes which part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import xxhash

from index.errors import UserError
from index.records import stored_name

# What is kept of a file stays in its lane for ever, whatever the number of shards: a shard owns whole lanes.
LANES = 16


def lane_of(path: str) -> int:
    """The lane of a file, by its path as stored, from 0 to LANES - 1."""
    return xxhash.xxh3_64_intdigest(path.encode("utf-8", "surrogatepass")) % LANES


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`-th, from 1, of `of` parts."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def lanes(self) -> frozenset[int]:
        """The lanes it owns."""
        return frozenset(range(self.number - 1, LANES, self.of))

    def takes(self, file: Path) -> bool:
        """Whether a file is of this part."""
        return lane_of(stored_name(file)) in self.lanes

    @classmethod
    def read(cls, written: str) -> Shard:
        """The shard that I/N means. Raises UserError for anything else."""
        found = re.fullmatch(r"([1-9]\d?)/([1-9]\d?)", written)
        if not found or not int(found[1]) <= int(found[2]) <= LANES:
            raise UserError(f"--shard {written}: not a part of the files.", f"Name the I-th of N parts as I/N, N at most {LANES}: 2/4.")
        return cls(int(found[1]), int(found[2]))
