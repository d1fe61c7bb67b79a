"""Measure how long many programs wait that ask at the same time, and what the server spends.

Knows three ways to call Gradio's API over HTTP: one plain request (run), two requests (call), and as gradio_client does
(queue). Measures a running app.py. Each connection asks again as soon as it has its answer.

    python -m benchmarks.load [--store DIR] [--requests 1000] [--connections 50] [--write]

Without --store it indexes the sample corpus into a temporary store. --write saves the figures in
benchmarks/results/load.json, with the commit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from benchmarks.quality import provenance

_ROOT = Path(__file__).parents[1]
_RESULTS = Path(__file__).parent / "results" / "load.json"
_WARM = 100  # questions to ask before measuring


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one way to ask: counts of requests, and seconds unless a comment says otherwise."""

    answered: int
    refused: int  # status 503, come again later
    failed: int
    p50: float
    p95: float
    slowest: float
    each_second: float  # requests
    server_ms: float  # milliseconds of processor time a request
    memory: tuple[float, float, float]  # megabytes of the server before, half-way and after


class _Connection:
    """One connection to the server, kept open."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}"

    async def __aenter__(self) -> _Connection:
        host, _, port = self._host.partition(":")
        self._source, self._sink = await asyncio.open_connection(host, int(port), limit=1 << 24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._sink.close()
        await self._sink.wait_closed()

    @asynccontextmanager
    async def _response(self, path: str, payload: object = None) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Send a request (POST if there is a payload) and yield the status and the pieces of the body."""
        body = b"" if payload is None else json.dumps(payload).encode()
        method = "GET" if payload is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        self._sink.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await self._source.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"content-length: (\d+)", head)
        pieces = self._pieces(int(length[1]) if length else None)
        yield int(head.split()[1]), pieces
        async for _ in pieces:
            pass

    async def _pieces(self, length: int | None) -> AsyncIterator[bytes]:
        if length is not None:
            yield await self._source.readexactly(length)
            return
        while size := int(await self._source.readline(), 16):
            yield (await self._source.readexactly(size + 2))[:-2]
        await self._source.readexactly(2)

    async def fetch(self, path: str, payload: object = None) -> tuple[int, bytes]:
        """Send a request and return the status and the body."""
        async with self._response(path, payload) as (status, pieces):
            return status, b"".join([piece async for piece in pieces])


async def _run(connection: _Connection, question: str) -> tuple[int, bytes]:
    return await connection.fetch("/gradio_api/run/ask", {"data": [question]})


async def _call(connection: _Connection, question: str) -> tuple[int, bytes]:
    _, begun = await connection.fetch("/gradio_api/call/ask", {"data": [question]})
    status, events = await connection.fetch(f"/gradio_api/call/ask/{json.loads(begun)['event_id']}")
    return (503 if "请稍后再试".encode() in events else status), events


async def _queue(function: int, session: str, connection: _Connection, question: str) -> tuple[int, bytes]:
    payload = {"data": [question, 5, "", "", "", ""], "fn_index": function, "session_hash": session}
    status, body = await connection.fetch("/gradio_api/queue/join", payload)
    if status != 200:
        return status, body
    status, events = await connection.fetch(f"/gradio_api/queue/data?session_hash={session}")
    return (503 if "请稍后再试".encode() in events or "\\u8bf7\\u7a0d" in events.decode() else status), events


_Ask = Callable[[_Connection, str], Awaitable[tuple[int, bytes]]]


async def _worker(port: int, ask: _Ask, questions: list[str], results: list[tuple[float, int]]) -> None:
    """Ask questions from the list until it is empty, and append (seconds, status) of each to `results`."""
    async with _Connection(port) as connection:
        while questions:
            question, begun = questions.pop(), time.perf_counter()
            status, body = await ask(connection, question)
            if status == 200 and (b'"passages"' not in body or b"error" in body.split(b"\n")[0]):
                status = 500
            results.append((time.perf_counter() - begun, status))


async def measure(process: int, port: int, way: str, questions: Sequence[str], connections: int) -> Figures:
    """Ask the questions in one way over so many connections, and measure."""
    asks: list[_Ask] = [_run if way == "run" else _call] * connections
    if way == "queue":
        async with _Connection(port) as connection:
            config = json.loads((await connection.fetch("/config"))[1])
        function = next(each["id"] for each in config["dependencies"] if each["api_name"] == "ask")
        asks = [partial(_queue, function, uuid4().hex) for _ in range(connections)]
    half = len(questions) // 2
    results: list[tuple[float, int]] = []
    memory, spent, begun = [_memory(process)], _processor(process), time.perf_counter()
    for part in (questions[:half], questions[half:]):
        left = list(part)
        await asyncio.gather(*(_worker(port, ask, left, results) for ask in asks))
        memory.append(_memory(process))
    seconds, spent = time.perf_counter() - begun, _processor(process) - spent
    statuses = Counter(status for _, status in results)
    times = sorted(taken for taken, status in results if status == 200)
    return Figures(
        answered=statuses[200],
        refused=statuses[503],
        failed=len(results) - statuses[200] - statuses[503],
        p50=round(times[len(times) // 2], 3),
        p95=round(times[int(0.95 * len(times))], 3),
        slowest=round(times[-1], 3),
        each_second=round(len(results) / seconds, 1),
        server_ms=round(1000 * spent / len(results), 1),
        memory=(memory[0], memory[1], memory[2]),
    )


def _memory(process: int) -> float:
    """Return the resident memory of a process in megabytes. Raises SystemExit if the process has ended."""
    resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    if resident is None:
        raise SystemExit("app.py has ended")
    return round(int(resident[1]) / 1024, 1)


def _processor(process: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _questions(count: int) -> list[str]:
    """Cut `count` different questions out of the sample corpus's sentences."""
    text = "".join(
        path.read_text(encoding="utf-8", errors="replace") for path in sorted((_ROOT / "corpus").glob("*.txt"))
    )
    runs = re.findall(r"[\u4e00-\u9fff]{6,}", text)
    pieces = list(
        dict.fromkeys(
            run[start : start + 6 + start % 5] for start in range(20) for run in runs if len(run) >= start + 6
        )
    )
    return [pieces[n % len(pieces)] + "？" * (n // len(pieces)) for n in range(count)]


def main() -> None:
    """Print the figures of each way, and save them with --write."""
    parser = argparse.ArgumentParser(description="Ask a running page from many connections.")
    parser.add_argument("--store", type=Path, metavar="DIR")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="save the figures")
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory(prefix="zhiwen-") as scratch:
        store = options.store or Path(scratch) / "store"
        command = [sys.executable, str(_ROOT / "app.py"), "--port", "0", "--store", str(store)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=_ROOT) as server:
            if server.stderr is None:
                raise SystemExit("cannot read from app.py")
            line = ""
            while "Ctrl-C" not in line:
                line = server.stderr.readline()
                if not line:
                    raise SystemExit("app.py did not start")
            port = int(line.split()[1].rsplit(":", 1)[1])
            time.sleep(1)
            questions = _questions(_WARM + 3 * options.requests)
            asyncio.run(measure(server.pid, port, "run", questions[:_WARM], options.connections))
            for number, way in enumerate(("run", "call", "queue")):
                part = questions[_WARM + number * options.requests :][: options.requests]
                measured[way] = asyncio.run(measure(server.pid, port, way, part, options.connections))
                sys.stdout.write(f"{way}: {json.dumps(asdict(measured[way]))}\n")
                sys.stdout.flush()
            server.terminate()
    if options.write:
        run = {**provenance(), "requests": options.requests, "connections": options.connections}
        _RESULTS.write_text(
            json.dumps({**run, **{way: asdict(figures) for way, figures in measured.items()}}, indent=1) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
