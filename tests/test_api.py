"""What programs and agents ask for: Gradio's requests and its own client, MCP, health; and the queue of them all."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from index.store.filters import Filters
from index.store.folder import Store
from qa.answering import load_models
from qa.generate import Endpoint, Failure
from tests.pages import chromium
from tests.serving import ROOT, ask_for, running
from web.endpoints import with_error_messages
from web.queue import QuestionQueue, TooManyQuestions


@pytest.fixture(scope="module")
def served(sample_store):
    with running(sample_store, "--mcp") as address:
        yield address


def command_line(store, *arguments):
    command = [sys.executable, "-m", "qa.ask", *arguments, "--json", "--store", str(store)]
    answered = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    for passage in answered["passages"]:  # a client of Gradio would take it for a file to download
        assert passage["article"].pop("path") == passage["article"]["file"]
    return answered


def timeless(answered):
    return {key: value for key, value in answered.items() if key != "ms"}


def run(address, endpoint, *values):
    """The answer to one request, asked again as long as requests that an earlier test left are before it."""
    end = time.monotonic() + 60
    while (answer := once(address, endpoint, *values)).status == 503 and time.monotonic() < end:
        time.sleep(float(answer.headers["retry-after"]))
    return answer


def once(address, endpoint, *values):
    return ask_for(f"{address}/gradio_api/run/{endpoint}", {"data": values})


def called(address, endpoint, *values):
    """Gradio's two requests: an event id first, then its outcome as (event, data)."""
    event = ask_for(f"{address}/gradio_api/call/{endpoint}", {"data": values}).json["event_id"]
    answer = ask_for(f"{address}/gradio_api/call/{endpoint}/{event}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = answer.body.decode().splitlines()
    return lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))


def gradio_client(address, **headers):
    from gradio_client import Client

    # Its own settings: it fetches what it takes for a file.
    return Client(address, verbose=False, analytics_enabled=False, headers=headers)


def test_health_names_the_generation_and_nothing_else(served):
    assert ask_for(served + "/health").json == {"generation": 1}


def test_every_way_to_ask_gives_what_the_command_line_gives(served, sample_store):
    said = timeless(command_line(sample_store, "拓源产值", "-k", "3"))
    assert said["answer"]["text"] == "30億元以上"
    assert timeless(run(served, "ask", "拓源产值", 3).json["data"][0]) == said
    event, (data,) = called(served, "ask", "拓源产值", 3, "", "", "", "")
    assert (event, timeless(data)) == ("complete", said)
    client = gradio_client(served)
    assert timeless(client.predict("拓源产值", 3, api_name="/ask")) == said
    assert timeless(client.predict(question="拓源产值", k=3, api_name="/ask")) == said
    found = client.predict("拓源产值", k=2, api_name="/search")
    assert timeless(found) == timeless(run(served, "search", "拓源产值", 2).json["data"][0])
    assert set(found) == {"question", "understood", "suggestion", "passages", "generation", "ms"}
    assert [passage["rank"] for passage in found["passages"]] == [1, 2]


def test_only_ask_and_search_are_told_of(served):
    assert set(ask_for(served + "/gradio_api/info").json["named_endpoints"]) == {"/ask", "/search"}


def test_filters(served):
    found = run(served, "search", "项目投资", 20, "2023年1月1日", "2023-12-31").json["data"][0]
    dates = {passage["article"]["date"] for passage in found["passages"]}
    assert dates
    assert all("2023-01-01" <= date <= "2023-12-31" for date in dates)
    (only,) = {
        passage["article"]["file"]
        for passage in run(served, "search", "项目", 5, "", "", "", "001_tuoyuan.txt").json["data"][0]["passages"]
    }
    assert only.endswith("001_tuoyuan.txt")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("",), "The question is empty"),
        (("？！",), "no words"),
        (("字" * 10_000,), "10000 characters, more than 1000"),
        ((None,), "question: a text is needed, not NoneType"),
        ((["拓源"],), "question: a text is needed, not list"),
        (({"a": 1},), "question: a text is needed, not dict"),
        (("拓源", 0), "from 1 to 100"),
        (("拓源", -1), "from 1 to 100"),
        (("拓源", 1e9), "from 1 to 100"),
        (("拓源", 1.5), "from 1 to 100"),
        (("拓源", float("nan")), "from 1 to 100"),
        (("拓源", float("inf")), "from 1 to 100"),
        (("拓源", 10**400), "from 1 to 100"),
        (("拓源", True), "from 1 to 100"),
        (("拓源", "x"), "from 1 to 100"),
        (("拓源", None), "from 1 to 100"),
        (("拓源", 5, "那天"), "since: “那天” is not a date"),
        (("拓源", 5, "", "2024-99-99"), "until: “2024-99-99” is not a date"),
        (("拓源", 5, "", "", 7), "source: a text is needed"),
        (("拓源", 5, "", "", "", []), "article: a text is needed"),
        ((), "data: a list"),
        (("拓源", 5, "", "", "", "", "more"), "data: a list"),
    ],
    ids=str,
)
@pytest.mark.parametrize("endpoint", ["ask", "search"])
def test_what_is_wrong_is_said(served, endpoint, values, words):
    answer = run(served, endpoint, *values)
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    assert words in answer.json["error"]
    event, data = called(served, endpoint, *values)
    assert (event, words in data["error"]) == ("error", True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"data": 5}',
        b'{"data": null}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"data": {"0": "x"}}',
    ],
)
def test_a_body_that_is_no_request(served, body):
    for way in ("run", "api"):
        answer = ask_for(f"{served}/gradio_api/{way}/ask", body)
        assert answer.status == 400
        assert "data" in answer.json["error"]


@pytest.mark.parametrize(
    "question", ["拓源\ud800产值", "\udfff拓源产值", "拓\x00源产值", "\u202e拓源产值\u202c", "拓源产值" + "\U0001f600"]
)
def test_half_and_odd_characters_do_no_harm(served, question):
    for _ in range(2):
        answer = run(served, "ask", question, 1, "", "", "")
        assert answer.status == 200
        answer.json["data"][0]["question"].encode()
    assert run(served, "search", "拓源", 1, "", "", "\ud800", "\ud800").status == 200


def test_gradios_client_is_told_what_is_wrong(served):
    from gradio_client.exceptions import AppError

    client = gradio_client(served)
    with pytest.raises(AppError, match="The question is empty"):
        client.predict("", api_name="/ask")
    with pytest.raises(AppError, match="from 1 to 100"):
        client.predict("拓源", 0, api_name="/search")


def test_an_event_is_fetched_once_and_only_by_its_id(served):
    event = ask_for(f"{served}/gradio_api/call/ask", {"data": ["拓源产值"]}).json["event_id"]
    assert ask_for(f"{served}/gradio_api/call/ask/{event}").status == 200
    for known in (event, "0" * 32, "x"):
        assert ask_for(f"{served}/gradio_api/call/ask/{known}").status == 404


def test_calls_that_nobody_fetches_are_forgotten(served):
    events = [
        ask_for(f"{served}/gradio_api/call/search", {"data": ["拓源产值", 1]}).json["event_id"] for _ in range(257)
    ]
    assert ask_for(f"{served}/gradio_api/call/search/{events[0]}").status == 404
    assert ask_for(f"{served}/gradio_api/call/search/{events[1]}").status == 200


def mcp(address, use, headers=None):
    """What `use(session)` gives, in a session of the mcp package's own client."""
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def session():
        async with (
            httpx.AsyncClient(headers=headers, trust_env=False) as client,
            streamable_http_client(f"{address}/gradio_api/mcp", http_client=client) as (source, sink, *_),
            ClientSession(source, sink) as session,
        ):
            await session.initialize()
            return await use(session)

    return asyncio.run(session())


def test_an_agent_finds_two_tools_with_typed_parameters(served):
    tools = {tool.name: tool for tool in mcp(served, lambda session: session.list_tools()).tools}
    assert set(tools) == {"ask", "search"}
    for tool in tools.values():
        assert "Chinese articles" in tool.description
        schema = tool.inputSchema
        assert {name: of["type"] for name, of in schema["properties"].items()} == {
            "question": "string", "k": "integer", "since": "string", "until": "string", "source": "string", "article": "string",  # noqa: E501
        }  # fmt: skip
        assert all(of["description"] for of in schema["properties"].values())
        assert schema["required"] == ["question"]


def test_an_agent_asks_and_searches(served, sample_store):
    answered = mcp(served, lambda session: session.call_tool("ask", {"question": "拓源产值", "k": 3}))
    assert not answered.isError
    assert timeless(json.loads(answered.content[0].text)) == timeless(command_line(sample_store, "拓源产值", "-k", "3"))
    found = json.loads(
        mcp(served, lambda session: session.call_tool("search", {"question": "拓源产值"})).content[0].text
    )
    assert "answer" not in found
    assert len(found["passages"]) == 5


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"question": ""}, "The question is empty"),
        ({"question": "拓源", "k": 0}, "from 1 to 100"),
        ({"question": "拓源", "since": "那天"}, "not a date"),
        ({}, "question"),
        ({"question": 5}, "string"),
    ],
    ids=str,
)
def test_an_agent_is_told_what_is_wrong(served, values, words):
    answered = mcp(served, lambda session: session.call_tool("ask", values))
    assert answered.isError
    assert words in answered.content[0].text
    assert "Traceback" not in answered.content[0].text


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"accept-language": "zh-TW"}, "问题是空的。"),
        ({"accept-language": "fr, en;q=0.5"}, "The question is empty."),
        ({"accept-language": "en", "cookie": "zhiwen_language=zh"}, "问题是空的。"),
        ({}, "The question is empty."),
    ],
    ids=["zh", "en", "cookie", "the server's"],
)
def test_errors_are_in_the_language_of_the_request(served, headers, words):
    from gradio_client.exceptions import AppError

    refused = mcp(served, lambda session: session.call_tool("ask", {"question": ""}), headers)
    assert words in refused.content[0].text
    with pytest.raises(AppError, match=words):
        gradio_client(served, **headers).predict("", api_name="/ask")
    plain = ask_for(f"{served}/gradio_api/run/ask", {"data": [""]}, headers)
    assert words in plain.json["error"]


def test_a_bug_is_logged_and_not_shown(capsys):
    async def endpoint():
        raise ZeroDivisionError("secret")

    wrapped = with_error_messages(endpoint, lambda: {"accept-language": "zh"}, RuntimeError)
    with pytest.raises(RuntimeError, match=r"^服务器出错了，详情在服务器自己的输出里。$"):
        asyncio.run(wrapped())
    assert "ZeroDivisionError: secret" in capsys.readouterr().err


@pytest.mark.slow
def test_mcp_is_not_there_unless_asked_for(sample_store):
    with running(sample_store) as address:
        assert ask_for(address + "/gradio_api/mcp", {}).status == 404
    code = f"import sys; sys.modules['mcp'] = None; from app import main; sys.exit(main(['--mcp', '--port', '0', '--store', {str(sample_store)!r}]))"  # noqa: E501
    without = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert (without.returncode, without.stderr.splitlines()) == (
        2,
        ["zhiwen: --mcp needs the package mcp.  Run pip install -e '.[mcp]' in the source folder."],
    )


@pytest.fixture
def queue(sample_store):
    with Store(sample_store) as store:
        yield QuestionQueue(store, load_models(store), most=2)


def test_more_than_may_wait_are_told_so_at_once(queue):
    let_go = threading.Event()
    held = [queue.submit(lambda store: let_go.wait(10)), queue.reply("拓源产值")]
    for ask in (queue.reply, queue.passages):
        with pytest.raises(TooManyQuestions, match="Too many people are asking"):
            ask("拓源产值")
    let_go.set()
    assert held[1].result(10).answer.text == "30億元以上"
    for job in (queue.reply("拓源产值"), queue.reply("", 5, Filters())):  # a place is free again, also after an error
        job.exception(10)
    assert queue.passages("拓源产值", 3).result(10).hits[0].rank == 1


def test_the_generation_is_told_however_many_wait(queue):
    let_go = threading.Event()
    for _ in range(2):
        queue.submit(lambda store: let_go.wait(10))
    waiting = [queue.generation() for _ in range(100)]
    assert len(set(map(id, waiting))) == 1
    let_go.set()
    assert waiting[0].result(10) == 1
    later = queue.generation()
    assert later is not waiting[0]
    assert later.result(10) == 1


def test_questions_are_answered_in_the_order_in_which_they_came(sample_store):
    with Store(sample_store) as store:
        queue = QuestionQueue(store, load_models(store))
        order = []
        jobs = [queue.submit(lambda _, number=number: order.append(number)) for number in range(50)]
        for job in jobs:
            job.result(10)
    assert all(before < after for before, after in pairwise(order))


def test_a_full_desk_is_503_for_programs(served):
    with ThreadPoolExecutor(120) as many:
        answers = list(many.map(lambda number: once(served, "ask", f"拓源产值{number}", 1), range(240)))
    assert {answer.status for answer in answers} <= {200, 503}
    refused = [answer for answer in answers if answer.status == 503]
    assert refused
    assert all(
        answer.json["error"].startswith("Too many people are asking") and answer.headers["retry-after"] == "1"
        for answer in refused
    )
    assert run(served, "ask", "拓源产值").status == 200


class _Model(BaseHTTPRequestHandler):
    """A language model that says two sentences, the second when it is let."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self._say("拓源實業2023年產值要做到30億元以上[1]。\n繳稅")
        self.server.more.wait(10)
        if self.server.whole:
            self._say("也要比上年翻一番[1]。", "stop")

    def _say(self, words, finish=None):
        choice = {"index": 0, "delta": {"content": words}, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "x", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_):
        pass


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        server.more, server.whole, server.daemon_threads = threading.Event(), True, True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.more.set()
        server.shutdown()
        thread.join()


def _desk_with(model, store):
    return QuestionQueue(
        store, replace(load_models(store), endpoint=Endpoint(f"http://127.0.0.1:{model.server_port}/v1", "x"))
    )


def test_a_models_sentences_come_one_by_one(sample_store, model):
    with Store(sample_store) as store:
        queue = _desk_with(model, store)
        growing = queue.growing(queue.reply("拓源产值").result(10))
        first = next(growing)
        assert (first.answer.text, first.generated) == (
            "30億元以上",
            None,
        )  # what the text says does not wait for the model
        second = next(growing)
        assert [said.text for said in second.generated.sentences] == ["拓源實業2023年產值要做到30億元以上。"]
        assert queue.reply("拓源产值").result(10).answer.text == "30億元以上"  # nobody else waits for it either
        model.more.set()
        *_, last = growing
        assert [said.text for said in last.generated.sentences] == [
            "拓源實業2023年產值要做到30億元以上。",
            "繳稅也要比上年翻一番。",
        ]
        assert last.generated.problem is None


def test_a_model_that_breaks_off_takes_its_sentences_back(sample_store, model):
    model.whole = False
    model.more.set()
    with Store(sample_store) as store:
        queue = _desk_with(model, store)
        *_, last = queue.growing(queue.reply("拓源产值").result(10))
    assert last.generated.sentences == ()
    assert last.generated.problem == Failure("generate.broken_off")
    assert last.answer.text == "30億元以上"


def test_more_than_a_model_is_asked_at_a_time_have_the_texts_answer(sample_store, model):
    with Store(sample_store) as store:
        queue = _desk_with(model, store)
        reply = queue.reply("拓源产值").result(10)
        begun = [queue.growing(reply) for _ in range(9)]
        for each in begun:
            next(each)
        heard = [threading.Thread(target=next, args=(each,)) for each in begun[:8]]
        for each in heard:
            each.start()
        for each in heard:
            each.join(10)  # each has its first sentence: eight are being written
        (last,) = begun[8]
        assert (last.answer.text, last.generated.problem) == (
            "30億元以上",
            Failure("page.model_busy"),
        )
        model.more.set()
        assert [list(each)[-1].generated.problem for each in begun[:8]] == [None] * 8


def test_without_a_model_there_is_one_reply(queue):
    reply = queue.reply("拓源产值").result(10)
    assert list(queue.growing(reply)) == [reply]


@pytest.mark.slow
def test_the_api_gives_what_a_model_says(sample_store, model):
    model.more.set()
    with running(sample_store, "--llm", f"http://127.0.0.1:{model.server_port}/v1", "--llm-model", "x") as address:
        generated = run(address, "ask", "拓源产值").json["data"][0]["answer"]["generated"]
    assert generated["text"] == "拓源實業2023年產值要做到30億元以上。繳稅也要比上年翻一番。"


@pytest.mark.browser
def test_a_person_sees_a_models_sentences_as_they_come(sample_store, model, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    def shown(browser):
        return [each.text for each in browser.find_elements(By.CSS_SELECTOR, ".zw-generated")]

    options = ("--llm", f"http://127.0.0.1:{model.server_port}/v1", "--llm-model", "x")
    with running(sample_store, *options) as address, chromium(tmp_path, "1100,1250") as browser:
        browser.get(address)
        box = WebDriverWait(browser, 30).until(
            lambda b: b.find_element(By.CSS_SELECTOR, "#question textarea, #question input")
        )
        box.send_keys("拓源产值", Keys.ENTER)
        WebDriverWait(browser, 8).until(lambda b: shown(b) == ["拓源實業2023年產值要做到30億元以上。[1]"])
        assert browser.find_element(By.CSS_SELECTOR, ".zw-text").text == "30億元以上"
        assert not model.more.is_set()
        model.more.set()
        WebDriverWait(browser, 8).until(
            lambda b: shown(b) == ["拓源實業2023年產值要做到30億元以上。[1]繳稅也要比上年翻一番。[1]"]
        )
        assert len(browser.find_elements(By.CSS_SELECTOR, ".zw")) == 1
