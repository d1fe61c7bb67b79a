"""A store by the place it is in: opened to be asked or changed, whether that is a folder or a Milvus server.

Knows which module keeps a store where. Does not know how. What a Milvus store needs is only loaded where one is named.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from index.store.address import MilvusAddress

if TYPE_CHECKING:
    from index.milvus.shards import Shard
    from index.store.catalogue import Catalogue
    from index.store.corpus import Corpus
    from index.store.writer import Writer


def open_store(address: Path | MilvusAddress) -> Corpus:
    """The store at a place, to be asked. Raises UserError if there is none or it cannot be read."""
    if isinstance(address, MilvusAddress):
        from index.milvus.store import MilvusStore

        return MilvusStore(address)
    from index.store.folder import Store

    return Store(address)


def change_store(address: Path | MilvusAddress, shard: Shard | None = None) -> AbstractContextManager[Writer]:
    """The store at a place, to be changed, made if there is none; what is not committed by the end is undone.

    Raises UserError if somebody else is changing it, or it cannot be written.
    """
    if isinstance(address, MilvusAddress):
        from index.milvus.writer import writing_milvus

        return writing_milvus(address, shard)
    from index.store.folder_writer import writing

    return writing(address)


def store_exists(address: Path | MilvusAddress) -> bool:
    """Whether there is a store, be it damaged; a first run that did not end leaves none.

    Raises UserError if a server does not answer.
    """
    if isinstance(address, MilvusAddress):
        from index.milvus.store import milvus_model

        return milvus_model(address) is not None
    from index.store.folder import store_exists

    return store_exists(address)


def store_model(address: Path | MilvusAddress) -> str:
    """The name of the model a store was made with, "" if there is no store. Raises UserError if it cannot be read."""
    if isinstance(address, MilvusAddress):
        from index.milvus.store import milvus_model

        return milvus_model(address) or ""
    from index.store.folder import store_model

    return store_model(address)


def open_catalogue(address: Path | MilvusAddress) -> Catalogue:
    """The articles of the store at a place, to be looked through."""
    if isinstance(address, MilvusAddress):
        from index.milvus.catalogue import MilvusCatalogue

        return MilvusCatalogue(address)
    from index.store.catalogue import Catalogue

    return Catalogue(address)
