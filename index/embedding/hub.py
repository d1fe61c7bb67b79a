"""Load models by name from a folder, the local cache of the Hugging Face hub, or the hub itself.

Knows where a model's files may be, and when the hub is out of reach. Does not know what a model is for. Uses a cached
model without asking the hub, so that a store keeps the model it was made with.
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
from index.language import text
from index.messages.models import MESSAGES
from index.records import user_path

BUNDLED = "bundled"  # the static model that ships with zhiwen, and the contextual encoder beside it
STATIC = "static"  # the static model alone
_Model = TypeVar("_Model")
_END = 65_536  # bytes of either end of a file that `file_sample` reads
_PATIENCE = 5.0  # seconds to wait for a connection to the hub; its own library tries for over a minute


def load(name: str, purpose: str, make: Callable[[str, str | None, bool], _Model]) -> _Model:
    """Load a model by `make(name, revision, only_local)`.

    `name` is a folder, a name on the hub, or name@revision. `purpose`, such as "the model", names the model in
    messages. Raises UserError if the model cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    folder = user_path(name)
    if name.startswith((".", "/", "~")) and not folder.is_dir():
        raise UserError("models.no_folder", name=name)
    for library in ("sentence_transformers", "transformers", "huggingface_hub"):
        logging.getLogger(library).setLevel(logging.ERROR)  # an error is reported once, below
    local = folder.is_dir()
    repo, _, revision = (name, "", "") if local else name.partition("@")
    try:
        try:
            return make(str(folder) if local else repo, revision or None, True)
        except Exception:  # hub, network, file and format errors have no common base
            if local:
                raise
            _demand_hub(name, purpose)
            return make(repo, revision or None, False)
    except UserError:
        raise
    except Exception as error:
        raise UserError("models.not_loaded", what=_words(purpose), name=name, reason=first_line(error)) from error


def file_sample(path: Path) -> bytes:
    """Return the first and the last 64 KiB of a file, which tell two versions of a model's file apart."""
    with path.open("rb") as file:
        first = file.read(_END)
        file.seek(max(0, path.stat().st_size - _END))
        return first + file.read(_END)


def files_of(name: str) -> list[Path]:
    """Return the sorted files of a loaded model from its folder or the cache; none if the cache does not list them."""
    folder = user_path(name)
    if not folder.is_dir():
        from huggingface_hub import try_to_load_from_cache

        own, _, revision = name.partition("@")
        candidates = [
            (repo, file) for repo in (own, f"sentence-transformers/{own}") for file in ("modules.json", "config.json")
        ]
        cached = [
            path
            for repo, file in candidates
            if repo.count("/") == 1
            and isinstance(path := try_to_load_from_cache(repo, file, revision=revision or None), str)
        ]
        if not cached:
            return []
        folder = Path(cached[0]).parent
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _words(purpose: str) -> str:
    """Return the name of a model's purpose in the user's language."""
    key = purpose.replace(" ", "_")
    return text(f"models.{key}") if key in MESSAGES else purpose


def _demand_hub(name: str, purpose: str) -> None:
    """Raise UserError if the hub is switched off or out of reach. Behind a proxy the hub's own library tries."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise UserError("models.offline", what=_words(purpose), name=name)
    address = urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    if address.scheme in getproxies():
        return
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        socket.create_connection((address.hostname or "", port), timeout=_PATIENCE).close()
    except (OSError, ValueError) as error:
        raise UserError(
            "models.unreachable", what=_words(purpose), name=name, address=address.netloc or address.path
        ) from error
