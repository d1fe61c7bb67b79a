"""Read and write the state of a Milvus store: the generation of every lane, and what the store was made with.

Knows the rows of zhiwen_state, and which rows of other collections count. Does not know what those hold.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from index.embedding.hub import BUNDLED
from index.errors import UserError
from index.milvus.cluster import ENCODED, PASSAGES, STATE, Cluster, Consistency, Row
from index.milvus.shards import LANES

FORMAT = 2  # 2: the fields of articles have plain names (duplicate_group, text_hash, repairs)
_SETTINGS, _OVERLAP, _LANE = "settings", "overlap", "lane/"
_ENCODER, _FILLED = "encoder", "filled/"
READER_SECONDS = 600.0  # how long a reader that does not refresh still finds its generation complete
_MOST_SUPERSEDED = 500  # generations remembered of a lane
_SETTLED = 60.0  # seconds after a commit in which readers ask for strong consistency


@dataclass(frozen=True, slots=True)
class Settings:
    """What a store was made with."""

    model: str
    fingerprint: str
    dimension: int
    pipeline: str
    passages: str  # the name of their collection
    before: str  # the collection of the generation before if that was another, else ""
    averages: tuple[float, float]  # lengths of (text, title) in the vectors of terms


@dataclass(frozen=True, slots=True)
class Lane:
    """The generation of a lane."""

    generation: int
    commit: str  # random: two histories may have a generation of one number
    at: float  # seconds since 1970, by the writer's clock, of its commit
    superseded: tuple[
        tuple[int, float], ...
    ]  # earlier generations that a reader may still have open, and when each ended

    @property
    def before(self) -> int:
        """Return the generation before, 0 if there was none."""
        return self.superseded[-1][0] if self.superseded else 0

    @property
    def oldest(self) -> int:
        """Return the oldest generation that a reader may still have open; 0 if there was none before."""
        return self.superseded[0][0] if self.superseded else 0

    def next(self, generation: int, commit: str, now: float) -> Lane:
        """Return the lane after its next commit, at `now` (seconds since 1970)."""
        kept = tuple((own, ended) for own, ended in self.superseded if ended > now - READER_SECONDS)[-_MOST_SUPERSEDED:]
        return Lane(generation, commit, now, (*kept, (self.generation, now)) if self.generation else ())


@dataclass(frozen=True, slots=True)
class Filled:
    """A generation of a lane all of whose passages have the encoder's vector."""

    encoder: str  # fingerprint
    passages: str  # the name of their collection
    generation: int
    commit: str


@dataclass(frozen=True, slots=True)
class EncoderState:
    """How far the contextual encoder's vectors have come."""

    fingerprint: str = ""  # of the encoder that makes them; "" before the first
    mark: str = ""  # random: another one tells readers that there are new vectors
    lanes: tuple[tuple[int, Filled], ...] = ()  # ordered


@dataclass(frozen=True, slots=True)
class MilvusState:
    """One state of a store: the generation that a reader has open."""

    settings: Settings
    lanes: tuple[tuple[int, Lane], ...]  # ordered
    overlap: float
    vectors: EncoderState = EncoderState()

    @property
    def generation(self) -> int:
        """Return the newest generation of any lane; 0 for an empty store."""
        return max((lane.generation for _, lane in self.lanes), default=0)

    @property
    def where(self) -> str:
        """Return the expression that is true of the rows of this state."""
        lanes: dict[int, list[int]] = {}
        for number, lane in self.lanes:
            lanes.setdefault(lane.generation, []).append(number)
        if len(lanes) == 1 and len(self.lanes) == LANES:
            return f"(born <= {self.generation} and gone > {self.generation})"
        return (
            "("
            + " or ".join(f"(lane in {sorted(own)} and born <= {g} and gone > {g})" for g, own in sorted(lanes.items()))
            + ")"
        )

    @property
    def consistency(self) -> Consistency:
        """Return how new a server's rows must be: the newest, up to a minute after a commit; later, seconds old."""
        return "Strong" if abs(time.time() - max(lane.at for _, lane in self.lanes)) < _SETTLED else "Bounded"

    @property
    def encoder(self) -> str:
        """Return the fingerprint of the encoder whose vectors count, "" if none do."""
        return self.vectors.fingerprint if self.has_encoder else ""

    @property
    def has_encoder(self) -> bool:
        """Return whether the store's model is the one with a contextual encoder."""
        return self.settings.model == BUNDLED

    def filled(self, lane: int, encoder: str) -> int:
        """Return the generation up to which all passages of a lane have this encoder's vector; 0 if none is known."""
        own, filled = dict(self.lanes).get(lane), dict(self.vectors.lanes).get(lane)
        if own is None or filled is None or (filled.encoder, filled.passages) != (encoder, self.settings.passages):
            return 0
        # A lane of another history may have a generation of the same number.
        is_same = filled.generation < own.generation or (filled.generation, filled.commit) == (
            own.generation,
            own.commit,
        )
        return filled.generation if is_same else 0

    def same(self, other: MilvusState | None) -> bool:
        """Return whether two states are of the same commits."""
        return other is not None and (self.settings, self.lanes) == (other.settings, other.lanes)

    def rows(self, lanes: Mapping[int, Lane], settings: Settings) -> list[Row]:
        """Return the rows to write, in one call, to put these lanes and settings in place of the old ones."""
        values = {f"{_LANE}{number:02}": asdict(lane) for number, lane in sorted(lanes.items())}
        return [
            {"key": key, "value": json.dumps(value)}
            for key, value in {**values, _SETTINGS: {"format": FORMAT} | asdict(settings)}.items()
        ]

    def with_lanes(self, lanes: Mapping[int, Lane], settings: Settings) -> MilvusState:
        """Return the state after `rows` has been written."""
        return replace(self, settings=settings, lanes=tuple(sorted((dict(self.lanes) | dict(lanes)).items())))


EMPTY_STORE = MilvusState(Settings("", "", 0, "", "", "", (0.0, 0.0)), (), 0.0)  # before the first commit


def read_state(cluster: Cluster, consistency: Consistency, *, there: bool = False) -> MilvusState | None:
    """Return the newest state, None if there is no store. `there` saves a call: the store is known to exist.

    Raises UserError if the store is of another format or the server fails.
    """
    if not there and not cluster.has(STATE):
        return None
    where = f'key like "{_LANE}%" or key like "{_FILLED}%" or key in {json.dumps([_SETTINGS, _OVERLAP, _ENCODER])}'
    rows = cluster.some(STATE, where, ["key", "value"], consistency)
    values = {row["key"]: json.loads(row["value"]) for row in rows}
    if _SETTINGS not in values:
        return None
    columns = values[_SETTINGS]
    if (stored := columns.pop("format", "none")) != FORMAT:
        raise UserError("milvus.other_format", address=cluster.address, stored=stored, format=FORMAT)
    settings = Settings(**{**columns, "averages": tuple(columns["averages"])})
    lanes = sorted(
        (int(key.removeprefix(_LANE)), _lane(value)) for key, value in values.items() if key.startswith(_LANE)
    )
    overlap = float(values.get(_OVERLAP, {"overlap": 0.0})["overlap"])
    filled = sorted(
        (int(key.removeprefix(_FILLED)), Filled(**value)) for key, value in values.items() if key.startswith(_FILLED)
    )
    encoder = values.get(_ENCODER, {"fingerprint": "", "mark": ""})
    return MilvusState(settings, tuple(lanes), overlap, EncoderState(**encoder, lanes=tuple(filled)))


def _lane(value: Row) -> Lane:
    return Lane(**value | {"superseded": tuple((generation, ended) for generation, ended in value["superseded"])})


def overlap_row(overlap: float) -> Row:
    """Return the row of Corpus.overlap. Writing it makes no new generation."""
    return {"key": _OVERLAP, "value": json.dumps({"overlap": overlap})}


def encoder_row(fingerprint: str) -> Row:
    """Return the row that tells readers whose vectors there are, and that there are new ones."""
    return {"key": _ENCODER, "value": json.dumps({"fingerprint": fingerprint, "mark": secrets.token_hex(8)})}


def filled_row(lane: int, filled: Filled) -> Row:
    """Return the row that says up to which generation a lane's passages have vectors."""
    return {"key": f"{_FILLED}{lane:02}", "value": json.dumps(asdict(filled))}


def forget_filled(cluster: Cluster, state: MilvusState, encoder: str) -> None:
    """Remove the rows of `filled_row` for other encoders than this one."""
    keys = [f"{_FILLED}{lane:02}" for lane, filled in state.vectors.lanes if filled.encoder != encoder]
    if keys:
        cluster.drop_rows(STATE, f"key in {json.dumps(keys)}")


def passages_of(fingerprint: str) -> str:
    """Return the name of the collection for the passages of a model."""
    return PASSAGES + _short(fingerprint)


def encoded_of(fingerprint: str) -> str:
    """Return the name of the collection for the vectors of an encoder."""
    return ENCODED + _short(fingerprint)


def _short(fingerprint: str) -> str:
    return "".join(character for character in fingerprint if character.isascii() and character.isalnum())[:16]
