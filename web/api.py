"""The endpoints that programs and agents use, and the desk at which every question of the page waits its turn.

Knows what a client sees when something is wrong: the one place where a ZhiwenError becomes a message. Does not know the
page's widgets, nor who may come in.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import queue
import threading
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar
from uuid import uuid4

from pydantic import Field

from index.corpus import Corpus, Filters
from index.errors import UserError, ZhiwenError
from index.records import escaped
from qa.ask import Models, answer_question, find_passages, with_model
from qa.render import as_json
from qa.reply import Reply

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.generate import Endpoint, Said

_T = TypeVar("_T")
_P = ParamSpec("_P")
MOST_WAITING = 64  # questions; at 20 ms each the last of them waits little more than a second
_MOST_WRITING = 8  # answers that a language model is writing at the same time
_MOST_UNFETCHED = 256  # outcomes kept for those who asked with /call and have not come back
_HEARTBEAT = 15.0  # seconds
_BUSY = "请稍后再试：现在提问的人太多。", "(Busy: try again in a few seconds.)"
_BUG = "something went wrong here; the server's own messages say what."
_MOST_PASSAGES = 100  # what one answer can list: more is a copy of the corpus, not an answer


class Busy(UserError):
    """Too many are waiting: nothing is wrong with the question."""


class Desk:
    """The store's one connection: a question at a time, in the order in which they came, and at most so many that wait.

    A question is tens of milliseconds of Python, of which one process runs one thread at a time: more connections would not
    answer sooner.
    """

    def __init__(self, store: Corpus, models: Models, most: int = MOST_WAITING) -> None:
        self._store, self._models, self._most = store, models, most
        self._worker = ThreadPoolExecutor(1, "desk")
        self._writing = threading.Semaphore(_MOST_WRITING)
        self._waiting, self._count = 0, threading.Lock()

    def submit(self, work: Callable[[Corpus], _T]) -> Future[_T]:
        """What `work` makes of the store, when its turn has come. Raises Busy if too many are waiting."""
        with self._count:
            if self._waiting >= self._most:
                raise Busy(*_BUSY)
            self._waiting += 1
        job = self._worker.submit(work, self._store)
        job.add_done_callback(self._left)
        return job

    def _left(self, _: Future[Any]) -> None:
        with self._count:
            self._waiting -= 1

    def reply(self, question: str, k: int = 5, filters: Filters = Filters(), before: str = "") -> Future[Reply]:  # noqa: B008 frozen
        """The answer found in the text. Raises as `submit` does, and its result as answer_question does."""
        return self.submit(lambda store: answer_question(store, self._models, question, k, filters, before))

    def passages(self, question: str, k: int = 5, filters: Filters = Filters()) -> Future[Reply]:  # noqa: B008 frozen
        """The passages alone. Raises as `reply` does."""
        return self.submit(lambda store: find_passages(store, self._models, question, k, filters))

    def growing(self, reply: Reply) -> Iterator[Reply]:
        """The reply as it is, then with each sentence that a language model adds, last the complete one; once where there is no model.

        What fails takes its sentences back: the last reply is the one that counts.
        """
        where = self._models.endpoint
        yield reply
        if where is None:
            return
        from qa.generate import Generated

        heard: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
        writing = self._write(reply, where, heard.put)
        writing.add_done_callback(lambda _: heard.put(None))
        said: tuple[Said, ...] = ()
        while (sentence := heard.get()) is not None:
            said = (*said, sentence)
            yield replace(reply, generated=Generated(said, 0, ""))
        yield writing.result()

    async def complete(self, reply: Reply) -> Reply:
        """The reply with all that a language model adds, if there is one."""
        if self._models.endpoint is None:
            return reply
        return await asyncio.wrap_future(self._write(reply, self._models.endpoint, lambda sentence: None))

    def _write(self, reply: Reply, where: Endpoint, said: Callable[[Said], None]) -> Future[Reply]:
        """In a thread that ends with the process: a model may take a minute, and who stops the server does not wait for it."""
        written: Future[Reply] = Future()
        if not self._writing.acquire(blocking=False):
            from qa.generate import Generated

            written.set_result(replace(reply, generated=Generated((), 0, "同时请它作答的人太多")))
            return written

        def write() -> None:
            try:
                written.set_result(with_model(reply, where, said))
            except BaseException as error:
                written.set_exception(error)
            finally:
                self._writing.release()

        threading.Thread(target=write, name="writer", daemon=True).start()
        return written


def told(handler: Callable[_P, _T]) -> Callable[_P, _T]:
    """An event's handler, plain or a generator, whose ZhiwenErrors reach the client as a message.

    Others are bugs, of which the client learns only that there was one.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def telling_each(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            try:
                yield from handler(*args, **kwargs)
            except ZhiwenError as error:
                raise _shown(error) from error

        return telling_each

    @functools.wraps(handler)
    def telling(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return handler(*args, **kwargs)
        except ZhiwenError as error:
            raise _shown(error) from error

    return telling


def _message(error: ZhiwenError) -> str:
    return f"{error.message} {error.hint}".strip()


def _shown(error: ZhiwenError) -> Exception:
    import gradio as gr

    return gr.Error(_message(error), print_exception=False)


_Question = Annotated[str, Field(description="a question or a few keywords, in Chinese of either script, at most 1000 characters")]
_K = Annotated[int, Field(description=f"how many passages to list, 1 to {_MOST_PASSAGES}")]
_Since = Annotated[str, Field(description="only articles of this date or later, as 2024-05-31")]
_Until = Annotated[str, Field(description="only articles of this date or earlier, as 2024-05-31")]
_Source = Annotated[str, Field(description="only articles whose source holds this name")]
_Article = Annotated[str, Field(description="only the article with this id or path")]
_Endpoint = Callable[..., Awaitable[dict[str, Any]]]


def _endpoints(desk: Desk) -> tuple[_Endpoint, _Endpoint]:
    """Both endpoints, for every protocol; they raise UserError."""

    async def ask(
        question: _Question, k: _K = 5, since: _Since = "", until: _Until = "", source: _Source = "", article: _Article = ""
    ) -> dict[str, Any]:
        """Answers a question from a corpus of Chinese articles: a verbatim piece of an article with its sentence, date and source, or the
        reason why there is no answer; and the passages nearest to the question.
        """
        found = desk.reply(_text(question, "question"), _number(k), _filters(since, until, source, article))
        return as_json(await desk.complete(await asyncio.wrap_future(found)))

    async def search(
        question: _Question, k: _K = 5, since: _Since = "", until: _Until = "", source: _Source = "", article: _Article = ""
    ) -> dict[str, Any]:
        """Finds the passages of a corpus of Chinese articles that are nearest to a question, without an answer."""
        found = desk.passages(_text(question, "question"), _number(k), _filters(since, until, source, article))
        listed = as_json(await asyncio.wrap_future(found))
        return {key: value for key, value in listed.items() if key != "answer"}

    return ask, search


def page_endpoints(desk: Desk) -> None:
    """Adds /ask and /search to the page that is being built, for Gradio's own clients."""
    from gradio.events import api

    def telling(endpoint: _Endpoint) -> _Endpoint:
        @functools.wraps(endpoint)
        async def told_endpoint(*args: Any, **kwargs: Any) -> dict[str, Any]:
            try:
                return await endpoint(*args, **kwargs)
            except ZhiwenError as error:
                raise _shown(error) from error

        return told_endpoint

    for endpoint in _endpoints(desk):
        api(telling(endpoint), api_name=endpoint.__name__, concurrency_limit=None)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a program is told: an HTTP status with {"data": […]} or {"error": "…"}."""

    status: int
    content: dict[str, Any]


async def _outcome(endpoint: _Endpoint, body: bytes) -> _Outcome:
    """What a plain request comes to; never an exception."""
    try:
        found = await endpoint(*_values(body))
    except Busy as error:
        return _Outcome(503, {"error": _message(error)})
    except ZhiwenError as error:
        return _Outcome(400, {"error": _message(error)})
    except Exception:  # the edge: a bug is told to who runs the server, not to who asks
        traceback.print_exc()
        return _Outcome(500, {"error": _BUG})
    return _Outcome(200, {"data": [found]})


def _values(body: bytes) -> list[Any]:
    try:
        values = json.loads(body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError('the body is not {"data": [question, k, since, until, source, article]} in JSON.') from error
    if not isinstance(values, list) or not 1 <= len(values) <= 6:
        raise UserError("data: a list of question, k, since, until, source, article is needed; all but the first may be left out.")
    return values


def serve(web: FastAPI, desk: Desk, *, mcp: bool = False) -> None:
    """Adds what programs ask for beside the page; to be called before the page is mounted.

    /health names the generation and nothing else. /gradio_api/run/NAME and /gradio_api/call/NAME are Gradio's plain requests, for ask
    and search: its own routes copy the settings of every widget of the page for each of them (15 ms for 150 widgets). With `mcp` both
    are tools at /gradio_api/mcp. Raises UserError without the package mcp.
    """
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse

    begun: OrderedDict[str, asyncio.Task[_Outcome]] = OrderedDict()  # by event id, until it is fetched

    def response(outcome: _Outcome) -> Response:
        return JSONResponse(outcome.content, outcome.status, headers={"Retry-After": "1"} if outcome.status == 503 else None)

    async def run(endpoint: _Endpoint, request: Request) -> Response:
        return response(await _outcome(endpoint, await request.body()))

    async def call(endpoint: _Endpoint, request: Request) -> Response:
        event = uuid4().hex
        begun[event] = asyncio.create_task(_outcome(endpoint, await request.body()))
        if len(begun) > _MOST_UNFETCHED:
            begun.popitem(last=False)[1].cancel()
        return JSONResponse({"event_id": event})

    async def fetch(request: Request) -> Response:
        task = begun.pop(request.path_params["event"], None)
        if task is None:
            return JSONResponse({"error": "no such event, or it was fetched before."}, 404)
        return StreamingResponse(_events(task), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def health(_: Request) -> Response:
        return JSONResponse({"generation": await asyncio.wrap_future(desk.submit(_generation))})

    web.add_route("/health", health, methods=["GET"])
    for endpoint in _endpoints(desk):
        name = endpoint.__name__
        web.add_route(f"/gradio_api/run/{name}", partial(run, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/api/{name}", partial(run, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/call/{name}", partial(call, endpoint), methods=["POST"])
        web.add_route(f"/gradio_api/call/{name}/{{event}}", fetch, methods=["GET"])
    if mcp:
        _serve_mcp(web, desk)


async def _events(task: asyncio.Task[_Outcome]) -> AsyncIterator[str]:
    """A call's outcome as Gradio's server-sent events."""
    while not (await asyncio.wait([task], timeout=_HEARTBEAT))[0]:
        yield "event: heartbeat\ndata: null\n\n"
    outcome = task.result()
    event, said = ("complete", outcome.content["data"]) if outcome.status == 200 else ("error", outcome.content)
    yield f"event: {event}\ndata: {json.dumps(said, ensure_ascii=False)}\n\n"


def _generation(store: Corpus) -> int:
    store.refresh()
    return store.generation


def _serve_mcp(web: FastAPI, desk: Desk) -> None:
    """Mounts the tools. gradio[mcp] would give what Python prints of a dictionary instead of JSON, and make tools of the page's own events."""
    try:
        from mcp.server.fastmcp import FastMCP
        from mcp.server.fastmcp.exceptions import ToolError
    except ImportError as error:
        raise UserError("--mcp needs the package mcp.", "pip install -e '.[mcp]'") from error

    from starlette.routing import Route

    def telling(endpoint: _Endpoint) -> _Endpoint:
        @functools.wraps(endpoint)
        async def tool(*args: Any, **kwargs: Any) -> dict[str, Any]:
            try:
                return await endpoint(*args, **kwargs)
            except ZhiwenError as error:
                raise ToolError(_message(error)) from error
            except Exception as error:
                traceback.print_exc()
                raise ToolError(_BUG) from error

        return tool

    # Each request stands for itself: no session to keep, and a restart is not noticed. The guard looks at hosts and sizes.
    path = "/gradio_api/mcp"
    server = FastMCP("zhiwen", stateless_http=True, json_response=True, streamable_http_path=path, log_level="WARNING")
    server.settings.transport_security = None
    for endpoint in _endpoints(desk):
        server.add_tool(telling(endpoint))
    tools = server.streamable_http_app()
    before = web.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with server.session_manager.run(), before(app) as state:
            yield state

    web.router.lifespan_context = lifespan
    (route,) = tools.routes
    assert isinstance(route, Route)
    web.router.routes += [route, Route(f"{path}/", route.endpoint)]


def _text(value: object, name: str) -> str:
    """A text that a client sent, with half characters shown as such. Raises UserError for anything else."""
    if not isinstance(value, str):
        raise UserError(f"{name}: a text is needed, not {type(value).__name__}.")
    return value.encode("utf-8", "replace").decode("utf-8")


def _number(k: object) -> int:
    if not isinstance(k, int | float) or isinstance(k, bool) or not 1 <= k <= _MOST_PASSAGES or k != int(k):
        raise UserError(f"k = {str(k)[:40]}: a whole number from 1 to {_MOST_PASSAGES} is needed.")
    return int(k)


def _filters(since: object, until: object, source: object, article: object) -> Filters:
    return Filters(_day(since, "since"), _day(until, "until"), escaped(_text(source, "source")), escaped(_text(article, "article")))


def _day(given: object, name: str) -> str:
    value = _text(given, name)
    if not value:
        return ""
    from index.frame import iso_date  # patterns that a question without dates does not need

    day = iso_date(value[:40])
    if not day:
        raise UserError(f"{name} = {value[:40]}: not a date.", "Write it as 2024-05-31.")
    return day
