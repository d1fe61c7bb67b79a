"""The endpoints that programs use: /ask, /search and /health, over Gradio's plain requests and its own client.

Knows which values an endpoint takes, and what a client gets when something is wrong. Does not know the page's widgets,
nor who may come in.
"""

from __future__ import annotations

import asyncio
import functools
import json
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from pydantic import Field

from index.errors import UserError, ZhiwenError
from index.language import Language, text, use_language
from index.store.filters import Filters
from qa.render import as_json
from web.languages import request_language
from web.queue import QuestionQueue, TooManyQuestions

if TYPE_CHECKING:
    from fastapi import FastAPI

_MOST_UNFETCHED = 256  # outcomes kept for those who asked with /call and have not come back
_HEARTBEAT = 15.0  # seconds
_MOST_PASSAGES = 100  # what one answer can list: more is a copy of the corpus, not an answer

_Question = Annotated[
    str, Field(description="a question or a few keywords, in Chinese of either script, at most 1000 characters")
]
_K = Annotated[int, Field(description=f"how many passages to list, 1 to {_MOST_PASSAGES}")]
_Since = Annotated[str, Field(description="only articles of this date or later, as 2024-05-31")]
_Until = Annotated[str, Field(description="only articles of this date or earlier, as 2024-05-31")]
_Source = Annotated[str, Field(description="only articles whose source holds this name")]
_Article = Annotated[str, Field(description="only the article with this id or path")]
Endpoint = Callable[..., Awaitable[dict[str, Any]]]


def endpoints(queue: QuestionQueue) -> tuple[Endpoint, Endpoint]:
    """The functions behind /ask and /search, for every protocol. They raise UserError."""

    async def ask(
        question: _Question,
        k: _K = 5,
        since: _Since = "",
        until: _Until = "",
        source: _Source = "",
        article: _Article = "",
    ) -> dict[str, Any]:
        """Answers a question from a corpus of Chinese articles: a verbatim piece of an article with its sentence, date
        and source, or the reason why there is no answer; and the passages nearest to the question.
        """
        waiting = queue.reply(_text(question, "question"), _number(k), _filters(since, until, source, article))
        return as_json(await queue.complete(await asyncio.wrap_future(waiting)))

    async def search(
        question: _Question,
        k: _K = 5,
        since: _Since = "",
        until: _Until = "",
        source: _Source = "",
        article: _Article = "",
    ) -> dict[str, Any]:
        """Finds the passages of a corpus of Chinese articles that are nearest to a question, without an answer."""
        waiting = queue.passages(_text(question, "question"), _number(k), _filters(since, until, source, article))
        listed = as_json(await asyncio.wrap_future(waiting))
        return {key: value for key, value in listed.items() if key != "answer"}

    return ask, search


def error_message(error: ZhiwenError, language: Language | None = None) -> str:
    """What went wrong and what to do next, in one line; `language` None: the server's."""
    return " ".join(part for part in error.words(language) if part)


def with_error_messages(
    endpoint: Endpoint, request_headers: Callable[[], Mapping[str, str]], refusal: Callable[[str], Exception]
) -> Endpoint:
    """The endpoint for a protocol that reports errors by exceptions: `refusal` makes one of a message.

    The message is in the language of the request, whose headers `request_headers` names. A bug's traceback goes to the
    server's log; the client only learns that there was one.
    """

    @functools.wraps(endpoint)
    async def wrapped(*args: Any, **kwargs: Any) -> dict[str, Any]:
        with use_language(_spoken(request_headers())):
            try:
                return await endpoint(*args, **kwargs)
            except ZhiwenError as error:
                raise refusal(error_message(error)) from error
            except Exception as error:
                traceback.print_exc()
                raise refusal(text("page.bug")) from error

    return wrapped


def page_endpoints(queue: QuestionQueue) -> None:
    """Add /ask and /search to the page that is being built, for Gradio's own clients."""
    import gradio as gr
    from gradio.context import LocalContext
    from gradio.events import api

    def request_headers() -> Mapping[str, str]:
        request = LocalContext.request.get(None)
        return request.headers if request is not None else {}

    refusal = partial(gr.Error, print_exception=False)
    for endpoint in endpoints(queue):
        api(
            with_error_messages(endpoint, request_headers, refusal),
            api_name=endpoint.__name__,
            concurrency_limit=None,
        )


def _spoken(headers: Mapping[str, str]) -> Language:
    """The language of a request with these headers."""
    return request_language(headers.get("cookie"), headers.get("accept-language"))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a program receives: an HTTP status with {"data": […]} or {"error": "…"}."""

    status: int
    content: dict[str, Any]


async def _outcome(endpoint: Endpoint, body: bytes, language: Language) -> _Outcome:
    """Answer one plain request. Never raises."""
    try:
        with use_language(language):
            result = await endpoint(*_values(body))
    except TooManyQuestions as error:
        return _Outcome(503, {"error": error_message(error, language)})
    except ZhiwenError as error:
        return _Outcome(400, {"error": error_message(error, language)})
    except Exception:  # the edge: the server's log gets the traceback, the client only learns that there was a bug
        traceback.print_exc()
        return _Outcome(500, {"error": text("page.bug", language)})
    return _Outcome(200, {"data": [result]})


def _values(body: bytes) -> list[Any]:
    try:
        values = json.loads(body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError("page.not_a_request") from error
    if not isinstance(values, list) or not 1 <= len(values) <= 6:
        raise UserError("page.wrong_values")
    return values


def serve(web: FastAPI, queue: QuestionQueue) -> None:
    """Add the routes for programs. Call it before the page is mounted.

    /health names the generation and nothing else. /gradio_api/run/NAME and /gradio_api/call/NAME are Gradio's plain
    requests for ask and search: Gradio's own routes copy the settings of every widget of the page for each of them (15
    ms for 150 widgets). With `mcp` both are tools at /gradio_api/mcp. Raises UserError if the package mcp is missing.
    """
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse

    begun: OrderedDict[str, asyncio.Task[_Outcome]] = OrderedDict()  # by event id, until it is fetched

    def response(outcome: _Outcome) -> Response:
        return JSONResponse(
            outcome.content, outcome.status, headers={"Retry-After": "1"} if outcome.status == 503 else None
        )

    async def run(endpoint: Endpoint, request: Request) -> Response:
        return response(await _outcome(endpoint, await request.body(), _spoken(request.headers)))

    async def call(endpoint: Endpoint, request: Request) -> Response:
        event = uuid4().hex
        begun[event] = asyncio.create_task(_outcome(endpoint, await request.body(), _spoken(request.headers)))
        if len(begun) > _MOST_UNFETCHED:
            begun.popitem(last=False)[1].cancel()
        return JSONResponse({"event_id": event})

    async def fetch(request: Request) -> Response:
        task = begun.pop(request.path_params["event"], None)
        if task is None:
            return JSONResponse({"error": text("page.no_such_event", _spoken(request.headers))}, 404)
        return StreamingResponse(_events(task), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def health(_: Request) -> Response:
        return JSONResponse({"generation": await asyncio.shield(asyncio.wrap_future(queue.generation()))})

    web.add_route("/health", health, methods=["GET"])
    for endpoint in endpoints(queue):
        name = endpoint.__name__
        web.add_route(f"/gradio_api/run/{name}", partial(run, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/api/{name}", partial(run, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/call/{name}", partial(call, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/call/{name}/{{event}}", fetch, methods=["GET"])


async def _events(task: asyncio.Task[_Outcome]) -> AsyncIterator[str]:
    """A call's outcome as Gradio's server-sent events."""
    while not (await asyncio.wait([task], timeout=_HEARTBEAT))[0]:
        yield "event: heartbeat\ndata: null\n\n"
    outcome = task.result()
    event, content = ("complete", outcome.content["data"]) if outcome.status == 200 else ("error", outcome.content)
    yield f"event: {event}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


def _text(value: object, name: str) -> str:
    """A text that a client sent, with half characters replaced. Raises UserError if it is not a text."""
    if not isinstance(value, str):
        raise UserError("page.not_a_text", name=name, type=type(value).__name__)
    return value.encode("utf-8", "replace").decode("utf-8")


def _number(k: object) -> int:
    if not isinstance(k, int | float) or isinstance(k, bool) or not 1 <= k <= _MOST_PASSAGES or k != int(k):
        raise UserError("page.wrong_number", value=str(k)[:40], most=_MOST_PASSAGES)
    return int(k)


def _filters(since: object, until: object, source: object, article: object) -> Filters:
    return Filters.of(_text(since, "since"), _text(until, "until"), _text(source, "source"), _text(article, "article"))
