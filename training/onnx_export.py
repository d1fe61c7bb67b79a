"""Writes a trained BERT network as an ONNX file with 8-bit weights, as onnxruntime runs it without torch.

Knows torch's exporter and onnxruntime's dynamic quantization (weights in 8 bits for each column, activations in 8 bits
as they come). The vocabulary's vectors are stored in 8 bits with a scale for each row, which loses less than one scale
for all.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from index.runtime import silence_onnxruntime


def save_vocabulary(weight: Tensor, path: Path) -> None:
    """Write the vectors of the vocabulary, each row in 127 steps: `rows` int8, `scales` float32."""
    scales = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
    rows = (weight / scales).round().to(torch.int8)
    np.savez(path, rows=rows.numpy(), scales=scales.float().numpy())


class _Traced(nn.Module):
    """The network from the sum of its embeddings on: what transformers does besides does not come into the file."""

    def __init__(self, bert: Any, head: nn.Module) -> None:
        super().__init__()
        self.embeddings, self.layers, self.head = bert.embeddings, bert.encoder.layer, head
        self.heads = bert.config.num_attention_heads

    def forward(self, words: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        batch, length = mask.shape
        places = torch.arange(length)
        states = words + self.embeddings.position_embeddings(places)[None]
        states = self.embeddings.LayerNorm(states + self.embeddings.token_type_embeddings(types))
        hidden = (1.0 - mask[:, None, None].float()) * -1e4
        for layer in self.layers:
            attention = layer.attention.self
            query, key, value = (
                part(states).view(batch, length, self.heads, -1).transpose(1, 2)
                for part in (attention.query, attention.key, attention.value)
            )
            match = query @ key.transpose(2, 3) * (query.shape[-1] ** -0.5) + hidden
            joined = (match.softmax(3) @ value).transpose(1, 2).reshape(batch, length, -1)
            output = layer.attention.output
            states = output.LayerNorm(output.dense(joined) + states)
            inner = nn.functional.gelu(layer.intermediate.dense(states))
            states = layer.output.LayerNorm(layer.output.dense(inner) + states)
        return cast(Tensor, self.head(states))


def export(bert: Any, head: nn.Module, path: Path) -> None:
    """Write the network with three inputs and the output `scores` of the head.

    Inputs: `words`, the vectors of the pieces (texts, pieces, width) float32; `mask` and `types` (texts, pieces) int64.
    """
    silence_onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    network = _Traced(bert.float(), head.float()).eval()
    example = torch.ones(2, 16, dtype=torch.int64)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own exporter's insides
        plain, ready = Path(scratch) / "plain.onnx", Path(scratch) / "ready.onnx"
        texts, pieces = torch.export.Dim("texts"), torch.export.Dim("pieces", max=512)
        torch.onnx.export(
            network,
            (torch.zeros(2, 16, bert.config.hidden_size), example, example * 0),
            str(plain),
            input_names=["words", "mask", "types"],
            output_names=["scores"],
            dynamic_shapes=({0: texts, 1: pieces},) * 3,
            dynamo=True,
            external_data=False,
        )
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        quantize_dynamic(
            str(ready),
            str(path),
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": 1, "MatMulConstBOnly": True},
        )
