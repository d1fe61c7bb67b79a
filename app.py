"""python app.py: the page in a browser. Widgets and wiring only; what they show and do is in web/.

Listens on this machine alone and loads nothing from any other.
"""

from __future__ import annotations

import sys

try:
    import os
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TYPE_CHECKING

    from index.errors import UserError, run
    from index.language import text
    from index.options import OptionParser
    from qa.options import add_model_options, model_settings
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if TYPE_CHECKING:
    import logging

    from fastapi import FastAPI

    from index.store.corpus import Corpus
    from qa.answering import Models


def build(store: Corpus, models: Models, *, uploads: Path, folders: Sequence[Path] = (), mcp: bool = False) -> FastAPI:
    """The web application: the page at /, its API endpoints ask and search, and /health.

    `uploads`: the folder where uploaded files lie at first. `folders`: those whose files may be added from the page.
    """
    import gradio as gr
    from fastapi import FastAPI

    from index.store.address import local
    from index.stores import open_catalogue
    from web.ask_tab import ask_tab
    from web.edits import LibraryEdits
    from web.endpoints import page_endpoints, serve
    from web.first_page import ASSETS, FirstPage
    from web.labels import LANGUAGES, label, say, translations
    from web.library_tab import library_tab
    from web.overview_tab import overview_tab
    from web.queue import MOST_WAITING, QuestionQueue
    from web.search_tab import search_tab
    from web.site import Site, last_steps
    from web.uploaded_files import UploadedFiles
    from web.uploads import LARGEST_FILE, confined

    queue = QuestionQueue(store, models)
    catalogue, uploaded = open_catalogue(store.address), UploadedFiles(local(store.address))
    site = Site(queue, catalogue, lambda path: uploaded.named(path) or last_steps(path), models.endpoint is not None)
    with gr.Blocks(title="知闻 zhiwen", analytics_enabled=False) as page:
        with gr.Row(elem_id="top"):
            names = "".join(
                f'<h1 class="zw-{word}">{say("name", word)}<small>{say("motto", word)}</small></h1>'
                for word in LANGUAGES
            )
            gr.HTML(names)
            shade = gr.Button(label("theme"), size="sm", min_width=90, scale=0, elem_id="theme")
            speak = gr.Button(label("other_language"), size="sm", min_width=80, scale=0, elem_id="language")
        shade.click(None, js="() => window.zhiwen.shade()", api_visibility="private")
        speak.click(
            None,
            js="() => window.zhiwen.speak(window.zhiwen.language === 'en' ? 'zh' : 'en')",
            api_visibility="private",
        )
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(label("ask_tab"), id="ask"):
                ask_tab(site, page)
            with gr.Tab(label("search_tab"), id="search"):
                search_tab(site, models, uploaded)
            with gr.Tab(label("library_tab"), id="library"):
                library_tab(site, LibraryEdits(catalogue, uploaded, folders), uploads, page)
            with gr.Tab(label("overview_tab"), id="overview") as tab:
                overview_tab(site, uploads, tab)
        page_endpoints(queue)

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    serve(web, queue)
    if mcp:
        from web.mcp import serve_mcp  # the package mcp may be missing

        serve_mcp(web, queue)
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


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    options = _parser(prog).parse_args(arguments)
    if options.hash_password is not None:
        from web.logins import hashed_line

        sys.stdout.write(hashed_line(options.hash_password) + "\n")
        return 0
    # Before gradio is imported, which asks its own server for updates.
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
    # It would also work out statistics of all events so far after each of them, for a dashboard that is shut.
    os.environ.update(GRADIO_ANALYTICS_MAX_EVENTS="1", GRADIO_ANALYTICS_CACHE_FREQUENCY=str(10**9))
    # The reader's products of matrices are small: a second thread spins longer than it computes, and takes the time of
    # the next question.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not options.reader and not options.rerank:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    from web.guard import Guard, Rules, is_loopback
    from web.server import listen, past_proxies, stopped_by_signals
    from web.uploads import uploads_folder

    unused = past_proxies()
    if unused and options.llm:
        sys.stderr.write(f"zhiwen: {text('app.unused_proxies', names=', '.join(unused))}\n")
    local = is_loopback(options.host)
    if not local and not options.auth and not options.insecure:
        raise UserError("app.open_to_all", host=options.host)
    logins = None
    if options.auth:
        from web.logins import Logins

        logins = Logins(Path(options.auth))
    folders = _folders(options.folder)
    from index.store.address import parse_address
    from qa.answering import load_models, open_or_index_sample

    with listen(options.host, options.port) as (listening, address), stopped_by_signals(), uploads_folder() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        store = open_or_index_sample(
            parse_address(options.store), named=bool(options.store or os.environ.get("ZHIWEN_STORE"))
        )
        models = load_models(store, model_settings(options))
        hosts = tuple(name.lower() for name in (options.host, *options.allowed_host))
        pages = build(store, models, uploads=uploads, folders=folders, mcp=options.mcp)
        application = Guard(pages, Rules(uploads, hosts, not local, logins, options.mcp))
        if not local and logins:
            sys.stderr.write(f"zhiwen: {text('app.plain_passwords')}\n")
        sys.stderr.write(f"zhiwen: {text('app.address', address=address)}\n")
        import logging

        import uvicorn

        # No forwarded headers: somebody who guesses passwords would claim another address each time.
        settings = uvicorn.Config(
            application, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=1
        )
        logging.getLogger("uvicorn.error").addFilter(_worth_telling)
        try:
            uvicorn.Server(settings).run(sockets=[listening])
        except KeyboardInterrupt:  # the usual way to end it
            sys.stderr.write(f"\nzhiwen: {text('app.closed')}\n")
            return 130
    return 0


def _worth_telling(record: logging.LogRecord) -> bool:
    """Whether the server's line is of use: that a page was still open at the end is not."""
    import asyncio

    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and not str(record.msg).startswith("Cancel ")


def _folders(named: Sequence[str]) -> list[Path]:
    """The folders that may be taken in from the page. Raises UserError if a name is not a folder."""
    for name in named:
        if not Path(name).is_dir():
            raise UserError("app.no_such_folder", path=name)
    return [Path(name).resolve() for name in named]


def _parser(prog: str) -> OptionParser:
    parser = OptionParser(prog, text("app.description"))
    parser.add_argument("--store", metavar="DIR|URL", help=text("options.store"))
    parser.add_argument("--host", metavar="HOST", default="127.0.0.1", help=text("app.host"))
    add_model_options(parser)
    parser.add_argument("--auth", default="", metavar="FILE", help=text("app.auth"))
    parser.add_argument("--hash-password", metavar="NAME", help=text("app.hash_password"))
    parser.add_argument("--insecure", action="store_true", help=text("app.insecure"))
    parser.add_argument("--allowed-host", action="append", default=[], metavar="NAME", help=text("app.allowed_host"))
    parser.add_argument("--mcp", action="store_true", help=text("app.mcp"))
    parser.add_argument("--folder", action="append", default=[], metavar="DIR", help=text("app.folder"))
    parser.add_argument("--port", metavar="PORT", type=int, default=7860, help=text("app.port"))
    return parser


def main(arguments: Sequence[str] | None = None, prog: str = "python app.py") -> int:
    """Run the command line, named `prog` in its help, and return the exit code."""
    return run(lambda: _main(arguments, prog))


if __name__ == "__main__":
    sys.exit(main())
