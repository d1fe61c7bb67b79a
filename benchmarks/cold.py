"""How long a cold question takes, beside what its libraries take to load: whole processes, taken in turn.

Knows commands and clocks only.

    python -m benchmarks.cold [--store DIR] [--runs 15]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Prints minimum, median and maximum of both, and the ratio of the medians."""
    parser = argparse.ArgumentParser(description="Time a cold question against the import of its libraries.")
    parser.add_argument("--store", type=Path, default=Path("store"), metavar="DIR")
    parser.add_argument("--question", default="拓源产值")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    commands = {
        "import numpy, faiss, tantivy": [sys.executable, "-c", "import numpy, faiss, tantivy"],
        "python -m qa.ask": [sys.executable, "-m", "qa.ask", options.question, "--store", str(options.store)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(options.runs + 1):
        for name, command in commands.items():
            seconds = _seconds(command, dict(os.environ))
            if turn:  # the first turn only warms the disk cache
                times[name].append(seconds)
    for name, seconds_of in times.items():
        sys.stdout.write(f"{name:<32}min {min(seconds_of):.3f}  median {statistics.median(seconds_of):.3f}  max {max(seconds_of):.3f} s\n")
    reference, asked = (statistics.median(values) for values in times.values())
    sys.stdout.write(f"ratio of the medians {asked / reference:.2f}\n")


if __name__ == "__main__":
    main()
