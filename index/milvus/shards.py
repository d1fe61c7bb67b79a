"""Divide the files among N runs on N machines that write one store.

Knows which files a shard takes. Does not read files, and does not know which machine runs which shard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import xxhash

from index.errors import UserError
from index.records import stored_name

# The rows of a file stay in its lane for ever, whatever the number of shards: a shard owns whole lanes.
LANES = 16
ALL_LANES = frozenset(range(LANES))  # what a run without shards writes


def lane_of(path: str) -> int:
    """Return the lane of a file, by its path as stored: 0 to LANES - 1."""
    return xxhash.xxh3_64_intdigest(path.encode("utf-8", "surrogatepass")) % LANES


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number`, from 1, of `of` parts of the files."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def lanes(self) -> frozenset[int]:
        """Return the lanes that it owns."""
        return frozenset(range(self.number - 1, LANES, self.of))

    def takes(self, file: Path) -> bool:
        """Return whether it takes a file."""
        return lane_of(stored_name(file)) in self.lanes

    @classmethod
    def read(cls, written: str) -> Shard:
        """Return the shard that I/N means. Raises UserError for anything else."""
        match = re.fullmatch(r"([1-9]\d?)/([1-9]\d?)", written)
        if not match or not int(match[1]) <= int(match[2]) <= LANES:
            raise UserError("milvus.no_such_shard", written=written, most=LANES)
        return cls(int(match[1]), int(match[2]))
