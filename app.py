"""python app.py: the page in a browser. Widgets and wiring only; what they show and do is in web/.

Listens on this machine alone and loads nothing from any other.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, run

if TYPE_CHECKING:
    import logging

    from fastapi import FastAPI

    from index.corpus import Corpus
    from qa.ask import Models


def build(store: Corpus, models: Models, *, uploads: Path, folders: Sequence[Path] = (), mcp: bool = False) -> FastAPI:
    """The web application: the page at /, its API endpoints ask and search, and /health.

    `uploads`: where what is handed in lies at first. `folders` may be taken in from the page.
    """
    import gradio as gr
    from fastapi import FastAPI

    from index.address import local
    from index.places import catalogue_of
    from web.api import MOST_WAITING, Desk, page_endpoints, serve
    from web.ask import ask_tab
    from web.first_page import ASSETS, FirstPage
    from web.keeping import Keeping
    from web.library import library_tab
    from web.overview import overview_tab
    from web.search import search_tab
    from web.shelf import Shelf
    from web.site import Site, last_steps
    from web.uploads import LARGEST_FILE, confined
    from web.words import LANGUAGES, label, say, translations

    desk = Desk(store, models)
    catalogue, shelf = catalogue_of(store.place), Shelf(local(store.place))
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
                library_tab(site, Keeping(catalogue, shelf, folders), uploads, page)
            with gr.Tab(label("overview_tab"), id="overview") as tab:
                overview_tab(site, uploads, tab)
        page_endpoints(desk)

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    serve(web, desk, mcp=mcp)
    theme = gr.themes.Default(
        primary_hue="amber",
        neutral_hue="slate",
        font=["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(  # white on it is read at five to one
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        checkbox_background_color_selected="*primary_700",
        checkbox_background_color_selected_dark="*primary_700",
        color_accent="*primary_700",
    )
    gr.mount_gradio_app(
        web,
        confined(page.queue(max_size=MOST_WAITING, default_concurrency_limit=8)),
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
        show_error=False,
        max_file_size=LARGEST_FILE,
    )
    web.add_middleware(FirstPage)
    return web


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    if options.hash_password is not None:
        from web.logins import hashed_line

        sys.stdout.write(hashed_line(options.hash_password) + "\n")
        return 0
    # Before gradio is imported, which asks its own server for updates.
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
    # It would also work out statistics of all events so far after each of them, for a dashboard that is shut.
    os.environ.update(GRADIO_ANALYTICS_MAX_EVENTS="1", GRADIO_ANALYTICS_CACHE_FREQUENCY=str(10**9))
    # The reader's products of matrices are small: a second thread spins longer than it computes, and takes the time of the next question.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not options.reader and not options.rerank:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    from web.guard import Guard, Rules, is_loopback
    from web.listening import listen, past_proxies, stopped_by_signals
    from web.uploads import uploads_folder

    unused = past_proxies()
    if unused and options.llm:
        sys.stderr.write(f"zhiwen: {', '.join(unused)}: not proxies of HTTP; the language model is asked without them.\n")
    local = is_loopback(options.host)
    if not local and not options.auth and not options.insecure:
        raise UserError(
            f"--host {options.host}: everybody who can reach this machine could read and change the corpus.",
            "Add --auth FILE (lines from python app.py --hash-password NAME), or --insecure if you mean it.",
        )
    logins = None
    if options.auth:
        from web.logins import Logins

        logins = Logins(Path(options.auth))
    folders = _folders(options.folder)
    from index.address import store_place
    from qa.ask import load_models, open_store

    with listen(options.host, options.port) as (listening, address), stopped_by_signals(), uploads_folder() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        store = open_store(store_place(options.store))
        models = load_models(store, options.reader, options.llm, options.llm_model, options.rerank)
        hosts = tuple(name.lower() for name in (options.host, *options.allowed_host))
        pages = build(store, models, uploads=uploads, folders=folders, mcp=options.mcp)
        application = Guard(pages, Rules(uploads, hosts, not local, logins, options.mcp))
        if not local and logins:
            sys.stderr.write("zhiwen: passwords travel as they are typed; put an HTTPS server in front of this one.\n")
        sys.stderr.write(f"zhiwen: {address}  (Ctrl-C ends it)\n")
        import logging

        import uvicorn

        # No hearsay of where a request comes from: whoever guesses passwords would claim another address each time.
        settings = uvicorn.Config(application, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=1)
        logging.getLogger("uvicorn.error").addFilter(_worth_telling)
        uvicorn.Server(settings).run(sockets=[listening])
    return 0


def _worth_telling(record: logging.LogRecord) -> bool:
    """Whether the server's line is of use: that a page was still open at the end is not."""
    import asyncio

    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and not str(record.msg).startswith("Cancel ")


def _folders(named: Sequence[str]) -> list[Path]:
    """The folders that may be taken in from the page. Raises UserError for one that is none."""
    for name in named:
        if not Path(name).is_dir():
            raise UserError(f"--folder {name}: no such folder.", "Name an existing one.")
    return [Path(name).resolve() for name in named]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Ask your articles in a browser.")
    parser.add_argument("--store", metavar="DIR or URL", help="where the store is: a folder (default: store/, or ZHIWEN_STORE) or a Milvus server")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--rerank", default="", metavar="MODEL", help="put the passages in order with this cross-encoder")
    parser.add_argument("--reader", default="", metavar="MODEL", help="find answers with this extractive question-answering model")
    parser.add_argument("--llm", default="", metavar="URL", help="let a language model answer as well, at an OpenAI-compatible address")
    parser.add_argument("--llm-model", default="", metavar="NAME", help="its name there (key from OPENAI_API_KEY)")
    parser.add_argument("--auth", default="", metavar="FILE", help="let in only who is in this file, lines of name:hash")
    parser.add_argument("--hash-password", metavar="NAME", help="ask for a password and print the line of --auth for it")
    parser.add_argument("--insecure", action="store_true", help="listen on another address than this machine's own without --auth")
    parser.add_argument("--allowed-host", action="append", default=[], metavar="NAME", help="a name under which the page is reached from elsewhere")
    parser.add_argument("--mcp", action="store_true", help="serve ask and search as MCP tools at /gradio_api/mcp as well")
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
