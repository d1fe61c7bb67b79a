"""Load onnxruntime with its telemetry off.

Knows that onnxruntime, since 1.29, reports its use to its makers on every system, writes an identifier into the folder
of temporary files when it is imported, and stops both if a variable of the environment is set before. Nothing of the
user's leaves the machine, so every module that needs onnxruntime calls this first.
"""

from __future__ import annotations

import os

# The name in releases, and the one in the discussion before them.
_OPT_OUTS = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")


def silence_onnxruntime() -> None:
    """Set the variables that turn telemetry off. Call before onnxruntime is imported; it may be called again."""
    for name in _OPT_OUTS:
        os.environ[name] = "1"
