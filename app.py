"""python app.py: the chat box in a browser. Widgets and wiring only; the pages are in web/.

Listens on this machine alone and loads nothing from any other.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, run

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.store import Store
    from qa.ask import Models


def build(store: Store, models: Models, *, folders: Sequence[Path] = (), mcp: bool = False) -> FastAPI:
    """The web application: the page at /, its API endpoints ask and search, and /health. `folders` may be taken in from the page."""
    import gradio as gr
    from fastapi import FastAPI

    from index.catalogue import Catalogue
    from web.api import Desk, page_endpoints, serve
    from web.ask import ask_tab
    from web.first_page import ASSETS, FirstPage
    from web.keeping import Keeping
    from web.library import library_tab
    from web.overview import overview_tab
    from web.search import search_tab
    from web.shelf import Shelf
    from web.site import Site, last_steps
    from web.words import LANGUAGES, label, say, translations

    desk = Desk(store, models)
    catalogue, shelf = Catalogue(store.folder), Shelf(store.folder)
    site = Site(desk, catalogue, lambda path: shelf.named(path) or last_steps(path), models.endpoint is not None)
    with gr.Blocks(title="知闻 zhiwen", analytics_enabled=False) as page:
        with gr.Row(elem_id="top"):
            names = "".join(f'<h1 class="zw-{word}">{say("name", word)}<small>{say("motto", word)}</small></h1>' for word in LANGUAGES)
            gr.HTML(names)
            shade = gr.Button(label("theme"), size="sm", min_width=90, scale=0, elem_id="theme")
            speak = gr.Button(label("other_language"), size="sm", min_width=80, scale=0, elem_id="language")
        shade.click(None, js="() => window.zhiwen.shade()", api_visibility="private")
        speak.click(None, js="() => window.zhiwen.speak(window.zhiwen.language === 'en' ? 'zh' : 'en')", api_visibility="private")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(label("ask_tab"), id="ask"):
                ask_tab(site, page)
            with gr.Tab(label("search_tab"), id="search"):
                search_tab(site, models, shelf)
            with gr.Tab(label("library_tab"), id="library"):
                library_tab(site, Keeping(catalogue, shelf, folders), page)
            with gr.Tab(label("overview_tab"), id="overview") as tab:
                overview_tab(site, tab)
        page_endpoints(desk)

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    serve(web, desk, mcp=mcp)
    theme = gr.themes.Default(
        primary_hue="amber",
        neutral_hue="slate",
        font=["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    gr.mount_gradio_app(
        web,
        page,
        path="",
        server_name="127.0.0.1",
        footer_links=[],
        run_history=False,
        css=(ASSETS / "page.css").read_text(encoding="utf-8"),
        js=(ASSETS / "page.js").read_text(encoding="utf-8"),
        theme=theme,
        i18n=translations(),
        ssr_mode=False,
        enable_monitoring=False,
    )
    web.add_middleware(FirstPage)
    return web


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    # Before gradio is imported: it asks its own server for updates, and proxies must leave this machine's own address alone.
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
    # The reader's products of matrices are small: a second thread spins longer than it computes, and takes the time of the next question.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not options.reader:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "localhost,127.0.0.1"]))
    from index.store import store_folder
    from qa.ask import load_models, open_store

    store = open_store(store_folder(options.store))
    models = load_models(store, options.reader, options.llm, options.llm_model)
    application = build(store, models, folders=_folders(options.folder))
    sys.stderr.write(f"zhiwen: http://{options.host}:{options.port}  (Ctrl-C ends it)\n")
    _serve(application, options.host, options.port)
    return 0


def _serve(application: FastAPI, host: str, port: int) -> None:
    """Serves until Ctrl-C or a signal; pages that are still open are let go of after a moment."""
    import asyncio
    import logging

    import uvicorn

    def worth_telling(record: logging.LogRecord) -> bool:
        cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
        return not cancelled and not str(record.msg).startswith("Cancel ")  # what an open page was waiting for

    config = uvicorn.Config(application, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
    logging.getLogger("uvicorn.error").addFilter(worth_telling)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _folders(named: Sequence[str]) -> list[Path]:
    """The folders that may be taken in from the page. Raises UserError for one that is none."""
    for name in named:
        if not Path(name).is_dir():
            raise UserError(f"--folder {name}: no such folder.", "Name an existing one.")
    return [Path(name).resolve() for name in named]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Ask your articles in a browser.")
    parser.add_argument("--store", metavar="DIR", help="where the store is (default: store/, or ZHIWEN_STORE)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--reader", default="", metavar="MODEL", help="find answers with this extractive question-answering model")
    parser.add_argument("--llm", default="", metavar="URL", help="let a language model answer as well, at an OpenAI-compatible address")
    parser.add_argument("--llm-model", default="", metavar="NAME", help="its name there (key from OPENAI_API_KEY)")
    parser.add_argument(
        "--folder", action="append", default=[], metavar="DIR", help="a folder that may be taken in from the page (may be given more than once)"
    )
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default 7860)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
