"""Makes index/assets/encoder: the base encoder as onnxruntime runs it, and the vocabulary that others share with it.

Knows the folder that training/base_encoder.py makes. Does not train anything.

    python -m training.bundle_encoder --base FOLDER [--out FOLDER]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from index.embedding.encoder import FOLDER


def bundle(base: Path, out: Path) -> None:
    """Write encoder.onnx, vocabulary.npz and tokenizer.json."""
    import torch
    from torch import nn
    from transformers import BertModel

    from training.onnx_export import export, save_vocabulary

    bert: Any = BertModel.from_pretrained(base, add_pooling_layer=False, dtype=torch.float32)
    out.mkdir(parents=True, exist_ok=True)
    save_vocabulary(bert.embeddings.word_embeddings.weight.detach(), out / "vocabulary.npz")
    export(bert, nn.Identity(), out / "encoder.onnx")
    settings = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    settings["truncation"] = settings["padding"] = None
    compact = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(compact, encoding="utf-8")


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description="Bundle the base encoder.")
    parser.add_argument("--base", type=Path, required=True, help="folder of training.base_encoder")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the files go (default: the package)")
    options = parser.parse_args()
    bundle(options.base, options.out)


if __name__ == "__main__":
    main()
