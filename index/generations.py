"""Which rows of a Milvus store count: the generation of every lane, and what the store was made with.

Knows the rows of zhiwen_state. Does not know what the rows of the other collections hold.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from index.cluster import PASSAGES, STATE, Cluster, Consistency, Row
from index.errors import UserError
from index.shards import LANES

FORMAT = 1
_SETTINGS, _OVERLAP, _LANE = "settings", "overlap", "lane/"
READ = 600.0  # seconds for which a reader that does not look for news finds its generation whole
_KEPT = 500  # generations remembered of a lane that changes all the time
_SETTLED = 60.0  # seconds after a commit in which nobody relies on what servers have heard of


@dataclass(frozen=True, slots=True)
class Settings:
    """What a store was made with."""

    model: str
    fingerprint: str
    dimension: int
    pipeline: str
    passages: str  # the collection that holds them
    before: str  # the collection of the generation before, if that was another
    averages: tuple[float, float]  # lengths of (text, title) in the vectors of terms


@dataclass(frozen=True, slots=True)
class Lane:
    """How far a lane is."""

    generation: int
    commit: str  # random: two histories may have a generation of one number
    at: float  # seconds since 1970, by the clock of whoever wrote
    superseded: tuple[tuple[int, float], ...]  # the generations it had before, those that somebody may still read, and when they ended

    @property
    def before(self) -> int:
        """The generation it had before, 0 if it had none."""
        return self.superseded[-1][0] if self.superseded else 0

    @property
    def oldest(self) -> int:
        """The oldest generation that somebody may still read; 0 if there was none before."""
        return self.superseded[0][0] if self.superseded else 0

    def next(self, generation: int, commit: str, now: float) -> Lane:
        """What comes after it."""
        kept = tuple((own, ended) for own, ended in self.superseded if ended > now - READ)[-_KEPT:]
        return Lane(generation, commit, now, (*kept, (self.generation, now)) if self.generation else ())


@dataclass(frozen=True, slots=True)
class State:
    """One state of a store."""

    settings: Settings
    lanes: tuple[tuple[int, Lane], ...]  # ordered
    overlap: float

    @property
    def generation(self) -> int:
        """The newest generation of any lane."""
        return max((lane.generation for _, lane in self.lanes), default=0)

    @property
    def where(self) -> str:
        """The expression that is true of rows that count."""
        lanes: dict[int, list[int]] = {}
        for number, lane in self.lanes:
            lanes.setdefault(lane.generation, []).append(number)
        if len(lanes) == 1 and len(self.lanes) == LANES:
            return f"(born <= {self.generation} and gone > {self.generation})"
        return "(" + " or ".join(f"(lane in {sorted(own)} and born <= {g} and gone > {g})" for g, own in sorted(lanes.items())) + ")"

    @property
    def consistency(self) -> Consistency:
        """How much must have reached a server before it is asked: all, shortly after a commit; later what is a few seconds old."""
        return "Strong" if abs(time.time() - max(lane.at for _, lane in self.lanes)) < _SETTLED else "Bounded"

    def same(self, other: State | None) -> bool:
        """Whether two are of the same commits."""
        return other is not None and (self.settings, self.lanes) == (other.settings, other.lanes)

    def rows(self, lanes: Mapping[int, Lane], settings: Settings) -> list[Row]:
        """The rows that, written together, make these lanes the newest."""
        told = {f"{_LANE}{number:02}": asdict(lane) for number, lane in sorted(lanes.items())}
        return [{"key": key, "value": json.dumps(value)} for key, value in {**told, _SETTINGS: {"format": FORMAT} | asdict(settings)}.items()]

    def with_lanes(self, lanes: Mapping[int, Lane], settings: Settings) -> State:
        """The state that those rows make."""
        return replace(self, settings=settings, lanes=tuple(sorted((dict(self.lanes) | dict(lanes)).items())))


NOTHING = State(Settings("", "", 0, "", "", "", (0.0, 0.0)), (), 0.0)  # a store that is not there yet


def read_state(cluster: Cluster, consistency: Consistency, *, there: bool = False) -> State | None:
    """The newest state, None if there is no store yet; `there` if there was one just now. Raises UserError for one of another format."""
    if not there and not cluster.has(STATE):
        return None
    rows = cluster.some(STATE, f'key like "{_LANE}%" or key in ["{_SETTINGS}", "{_OVERLAP}"]', ["key", "value"], consistency)
    told = {row["key"]: json.loads(row["value"]) for row in rows}
    if _SETTINGS not in told:
        return None
    kept = told[_SETTINGS]
    if (stored := kept.pop("format", "none")) != FORMAT:
        raise UserError(
            f"{cluster.address}: a store of format {stored}, and this is zhiwen with format {FORMAT}.",
            "Name another database in the address, or drop the collections zhiwen_… there and run python -m index.reindex again.",
        )
    settings = Settings(**{**kept, "averages": tuple(kept["averages"])})
    lanes = sorted((int(key.removeprefix(_LANE)), _lane(value)) for key, value in told.items() if key.startswith(_LANE))
    return State(settings, tuple(lanes), float(told.get(_OVERLAP, {"overlap": 0.0})["overlap"]))


def _lane(told: Row) -> Lane:
    return Lane(**told | {"superseded": tuple((generation, ended) for generation, ended in told["superseded"])})


def overlap_row(overlap: float) -> Row:
    """The row that says how much alike the articles are; it makes no new generation."""
    return {"key": _OVERLAP, "value": json.dumps({"overlap": overlap})}


def passages_of(fingerprint: str) -> str:
    """The name of the collection for the passages of a model."""
    return PASSAGES + "".join(character for character in fingerprint if character.isascii() and character.isalnum())[:16]
