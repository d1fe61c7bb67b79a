"""python app.py: the chat box in a browser. Widgets and wiring only; every word and every mark comes from qa.render.

Listens on this machine alone and loads nothing from any other.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import UserError, run

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.store import Store
    from qa.ask import Models

_CSS = """
.zw { line-height: 1.7; }
.zw-text { font-size: 1.35em; font-weight: 700; }
.zw-sure, .zw cite { opacity: .75; font-size: .9em; font-style: normal; }
.zw blockquote { margin: .4em 0; padding: .2em .8em; border-left: 3px solid #d97706; }
.zw-silent { padding: .5em .8em; border: 1px dashed currentColor; border-radius: 6px; }
.zw-passage { margin-top: .6em; } .zw-passage summary { cursor: pointer; opacity: .85; } .zw-passage p { margin: .3em 0 0 1em; }
.zw-sentence { background: #fef3c7; color: #1f2937; } .zw-span { background: #fbbf24; color: #111827; font-weight: 700; border-radius: 3px; }
.zw-note { opacity: .75; font-size: .9em; margin: .3em 0; }
.zw-generated { margin: .3em 0 .8em; padding: .5em .8em; border: 1px solid #94a3b8; border-radius: 6px; }
.zw-sources { margin: .5em 0; } .zw-sources p { margin: 0; } .zw-differ p { color: #b45309; font-weight: 700; }
.zw-sources td { padding: .1em .8em .1em 0; border: 0; }
.zw-damage { opacity: .4; font-size: .8em; }
footer { display: none !important; }
"""
# A long reply must not push its own beginning, the answer, out of sight.
_TO_THE_ANSWER = """() => setTimeout(() => {
  const replies = document.querySelectorAll(".zw");
  replies[replies.length - 1]?.scrollIntoView({ block: "start" });
}, 150)"""
_GREETING = "问一个问题，或输入几个关键词。答案是原文里的句子，出处和日期在旁边；资料库里没有的，会如实说没有。"


def build(store: Store, models: Models, *, mcp: bool = False) -> FastAPI:
    """The web application: the page at /, its API endpoints ask and search, and /health."""
    import gradio as gr
    from fastapi import FastAPI

    from qa.render import as_html
    from web.api import MOST_WAITING, Busy, Desk, page_endpoints, serve
    from web.uploads import LARGEST_FILE, confined

    desk = Desk(store, models)

    def chat(question: str, history: list[dict[str, Any]], before: str, leaning: bool) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
        asked = [*history, {"role": "user", "content": html.escape(question, quote=False)}]
        try:
            # The answer from the text at once, then again with each sentence that a language model adds.
            for reply in desk.growing(desk.reply(question, before=before if leaning else "").result()):
                yield "", [*asked, {"role": "assistant", "content": gr.HTML(as_html(reply))}], reply.question.text
        except Busy as busy:
            yield question, [*asked, {"role": "assistant", "content": busy.message}], before
        except UserError:  # the box takes no more than it may: then it holds no word
            yield "", [*asked, {"role": "assistant", "content": "请写出一个问题，或几个关键词。"}], before

    with gr.Blocks(title="知闻", analytics_enabled=False, fill_height=True) as page:
        gr.HTML("<h1 style='font-size: 1.6em; font-weight: 700'>知闻</h1>", padding=False)
        talk = gr.Chatbot(
            placeholder=_GREETING,
            show_label=False,
            scale=1,
            min_height=420,
            render_markdown=False,
            autoscroll=False,
            buttons=["copy"],
            feedback_options=None,
        )
        with gr.Row():
            box = gr.Textbox(
                placeholder="例如：拓源产值", show_label=False, container=False, scale=6, autofocus=True, max_length=1000, elem_id="question"
            )
            send = gr.Button("提问", variant="primary", scale=1, min_width=80)
        leaning = gr.Checkbox(True, label="追问接着上一个问题理解，例如：那税收呢？", container=False, elem_id="followups")
        before = gr.State("")  # the last question, as it was understood
        asked = gr.on(
            [box.submit, send.click], chat, [box, talk, before, leaning], [box, talk, before], show_progress="hidden", api_visibility="private"
        )
        talk.clear(lambda: "", None, before, api_visibility="private")
        asked.then(None, js=_TO_THE_ANSWER, api_visibility="private")
        page_endpoints(desk)

    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    serve(web, desk, mcp=mcp)
    theme = gr.themes.Default(
        font=["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    return gr.mount_gradio_app(
        web,
        confined(page.queue(max_size=MOST_WAITING, default_concurrency_limit=8)),
        path="",
        server_name="127.0.0.1",
        footer_links=[],
        css=_CSS,
        theme=theme,
        ssr_mode=False,
        enable_monitoring=False,
        run_history=False,
        show_error=False,
        max_file_size=LARGEST_FILE,
    )


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
    if not options.reader:
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
    from index.store import store_folder
    from qa.ask import load_models, open_store

    with listen(options.host, options.port) as (listening, address), stopped_by_signals(), uploads_folder() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        store = open_store(store_folder(options.store))
        models = load_models(store, options.reader, options.llm, options.llm_model)
        hosts = tuple(name.lower() for name in (options.host, *options.allowed_host))
        application = Guard(build(store, models, mcp=options.mcp), Rules(uploads, hosts, not local, logins, options.mcp))
        import uvicorn

        if not local and logins:
            sys.stderr.write("zhiwen: passwords travel as they are typed; put an HTTPS server in front of this one.\n")
        sys.stderr.write(f"zhiwen: {address}  (Ctrl-C ends it)\n")
        # No hearsay of where a request comes from: whoever guesses passwords would claim another address each time.
        settings = uvicorn.Config(application, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=2)
        uvicorn.Server(settings).run(sockets=[listening])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Ask your articles in a browser.")
    parser.add_argument("--store", metavar="DIR", help="where the store is (default: store/, or ZHIWEN_STORE)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--reader", default="", metavar="MODEL", help="find answers with this extractive question-answering model")
    parser.add_argument("--llm", default="", metavar="URL", help="let a language model answer as well, at an OpenAI-compatible address")
    parser.add_argument("--llm-model", default="", metavar="NAME", help="its name there (key from OPENAI_API_KEY)")
    parser.add_argument("--auth", default="", metavar="FILE", help="let in only who is in this file, lines of name:hash")
    parser.add_argument("--hash-password", metavar="NAME", help="ask for a password and print the line of --auth for it")
    parser.add_argument("--insecure", action="store_true", help="listen on another address than this machine's own without --auth")
    parser.add_argument("--allowed-host", action="append", default=[], metavar="NAME", help="a name under which the page is reached from elsewhere")
    parser.add_argument("--mcp", action="store_true", help="serve ask and search as MCP tools at /gradio_api/mcp as well")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default 7860)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
