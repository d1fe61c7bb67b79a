"""The MCP tools ask and search, for agents, over HTTP.

Knows the package mcp and how its routes join the application. Does not know what the tools do.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from web.endpoints import endpoints, with_error_messages

if TYPE_CHECKING:
    from fastapi import FastAPI

    from web.queue import QuestionQueue

_PATH = "/gradio_api/mcp"


def serve_mcp(web: FastAPI, queue: QuestionQueue) -> None:
    """Add the tools to the application. Raises UserError if the package mcp is missing.

    gradio[mcp] is not used: it would give Python's print of a dictionary instead of JSON, and make the page's own
    events tools as well.
    """
    try:
        from mcp.server.fastmcp import FastMCP
        from mcp.server.fastmcp.exceptions import ToolError
    except ImportError as error:
        raise UserError("page.mcp_missing") from error

    from starlette.routing import Route

    # Stateless: there is no session to keep, and a restart goes unnoticed. The guard checks hosts and sizes.
    server = FastMCP("zhiwen", stateless_http=True, json_response=True, streamable_http_path=_PATH, log_level="WARNING")
    server.settings.transport_security = None

    def request_headers() -> Mapping[str, str]:
        request = server.get_context().request_context.request
        return request.headers if request is not None else {}

    for endpoint in endpoints(queue):
        server.add_tool(with_error_messages(endpoint, request_headers, ToolError))
    tools = server.streamable_http_app()
    before = web.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with server.session_manager.run(), before(app) as state:
            yield state

    web.router.lifespan_context = lifespan
    for route in tools.routes:
        if isinstance(route, Route):
            web.router.routes += [route, Route(f"{_PATH}/", route.endpoint)]
