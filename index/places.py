"""A store by the place it is in: opened to be asked or changed, whether that is a folder or a Milvus server.

Knows which module keeps a store where. Does not know how. What a Milvus store needs is only loaded where one is named.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from index.address import Address

if TYPE_CHECKING:
    from index.catalogue import Catalogue
    from index.corpus import Corpus
    from index.shards import Shard
    from index.writer import Writer


def opened(place: Path | Address) -> Corpus:
    """The store at a place, to be asked. Raises UserError if there is none or it cannot be read."""
    if isinstance(place, Address):
        from index.milvus import MilvusStore

        return MilvusStore(place)
    from index.store import Store

    return Store(place)


def changing(place: Path | Address, shard: Shard | None = None) -> AbstractContextManager[Writer]:
    """The store at a place, to be changed, made if there is none; what is not committed by the end is undone.

    Raises UserError if somebody else is changing it, or it cannot be written.
    """
    if isinstance(place, Address):
        from index.milvus_writer import writing_milvus

        return writing_milvus(place, shard)
    from index.writer import writing

    return writing(place)


def exists(place: Path | Address) -> bool:
    """Whether there is a store, be it damaged; a first run that did not end leaves none. Raises UserError if a server does not answer."""
    if isinstance(place, Address):
        from index.milvus import milvus_model

        return milvus_model(place) is not None
    from index.store import exists

    return exists(place)


def model_of(place: Path | Address) -> str:
    """The name of the model a store was made with, "" if there is no store. Raises UserError if it cannot be read."""
    if isinstance(place, Address):
        from index.milvus import milvus_model

        return milvus_model(place) or ""
    from index.store import model_of

    return model_of(place)


def catalogue_of(place: Path | Address) -> Catalogue:
    """The articles of the store at a place, to be looked through."""
    if isinstance(place, Address):
        from index.milvus_catalogue import MilvusCatalogue

        return MilvusCatalogue(place)
    from index.catalogue import Catalogue

    return Catalogue(place)
