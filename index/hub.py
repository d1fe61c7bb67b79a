"""Models by name: a folder on this machine, the local cache of the hub, or the hub itself.

Knows where a model's files may be, and when the hub cannot be reached. Does not know what a model is for. What is in the cache
is used without asking the hub, so that a store's model stays the one it was made with.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from index.errors import UserError, first_line

_Model = TypeVar("_Model")
_HINT = "Name a folder on this machine, or connect once so that it can be fetched (HF_ENDPOINT sets a mirror)."
_PATIENCE = 5.0  # seconds for a first sign of the hub; its own library goes on trying for over a minute


def load(name: str, what: str, make: Callable[[str, str | None, bool], _Model]) -> _Model:
    """The model that `make(name, revision, only_local)` gives, `name` being a folder, a name on the hub, or name@revision.

    `what` says what it is for. Raises UserError if it cannot be had.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) and not folder.is_dir():
        raise UserError(f"{name}: no such model folder.", "Name an existing one, or a model by its name on the hub.")
    for library in ("sentence_transformers", "transformers", "huggingface_hub"):
        logging.getLogger(library).setLevel(logging.ERROR)  # what goes wrong is told below, once
    local = folder.is_dir()
    wanted, _, revision = (name, "", "") if local else name.partition("@")
    try:
        try:
            return make(str(folder) if local else wanted, revision or None, True)
        except Exception:  # hub, network, file and format errors have no common base
            if local:
                raise
            _demand_hub(name, what)
            return make(wanted, revision or None, False)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{what} {name} cannot be loaded ({first_line(error)}).",
            _HINT,
        ) from error


def files_of(name: str) -> list[Path]:
    """The files of a loaded model, in the folder or in the cache, ordered; empty if the cache does not tell."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        from huggingface_hub import try_to_load_from_cache

        wanted, _, revision = name.partition("@")
        places = [(repo, file) for repo in (wanted, f"sentence-transformers/{wanted}") for file in ("modules.json", "config.json")]
        found = [
            place
            for repo, file in places
            if repo.count("/") == 1 and isinstance(place := try_to_load_from_cache(repo, file, revision=revision or None), str)
        ]
        if not found:
            return []
        folder = Path(found[0]).parent
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _demand_hub(name: str, what: str) -> None:
    """Raises UserError if the hub is switched off or gives no sign; behind a proxy it is left to the proxy."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise UserError(f"{what} {name} is not in the local cache, and HF_HUB_OFFLINE forbids fetching it.", _HINT)
    address = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    if address.scheme in getproxies():
        return
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        socket.create_connection((address.hostname or "", port), timeout=_PATIENCE).close()
    except (OSError, ValueError) as error:
        raise UserError(f"{what} {name} is not in the local cache, and {address.netloc or address.path} cannot be reached.", _HINT) from error
