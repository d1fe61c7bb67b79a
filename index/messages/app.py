"""What `python app.py` says: its help, its start and what is wrong with its options. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "description": Message("在浏览器里向自己的文章提问。", "Ask your articles in a browser."),
    "host": Message(
        "监听的地址（默认 127.0.0.1：只有这台机器能用）",
        "address to listen on (default 127.0.0.1: this machine only)",
    ),
    "fast": Message(
        "只用轻便的模型，更快，改述的问法懂得少",
        "use the light models alone: faster, but other wordings are understood less",
    ),
    "rerank": Message("用这个交叉编码模型给段落排序", "put the passages in order with this cross-encoder"),
    "reader": Message(
        "用这个抽取式问答模型找答案；joint 是自带的合读模型",
        "find answers with this extractive question-answering model; joint: the joint reader that ships",
    ),
    "llm": Message(
        "再请一个语言模型作答，在这个兼容 OpenAI 的地址",
        "let a language model answer as well, at an OpenAI-compatible address",
    ),
    "llm_model": Message("它在那里的名字（密钥取自 OPENAI_API_KEY）", "its name there (key from OPENAI_API_KEY)"),
    "auth": Message(
        "只让这个文件里的人进来，每行一个“用户名:哈希”", "let in only the people in this file, lines of name:hash"
    ),
    "hash_password": Message(
        "输入密码，打印 --auth 文件里的一行", "ask for a password and print the line of --auth for it"
    ),
    "insecure": Message(
        "不用 --auth 也监听别的地址", "listen on another address than this machine's own without --auth"
    ),
    "allowed_host": Message("别处打开这个页面时所用的主机名", "a name under which the page is reached from elsewhere"),
    "mcp": Message(
        "同时把提问和检索作为 MCP 工具放在 /gradio_api/mcp",
        "serve ask and search as MCP tools at /gradio_api/mcp as well",
    ),
    "folder": Message(
        "可以从页面收取的文件夹（可多次给出）",
        "a folder whose files may be added from the page (may be given more than once)",
    ),
    "port": Message("监听的端口（默认 7860）", "port to listen on (default 7860)"),
    "unused_proxies": Message(
        "{names}：不是 HTTP 代理；将不经代理访问语言模型。",
        "{names}: not HTTP proxies; the language model is asked without them.",
    ),
    "open_to_all": Message(
        "--host {host}：能连到这台机器的人都可以查看和修改资料库。",
        "--host {host}: everybody who can reach this machine could read and change the corpus.",
        "请加 --auth 文件（用 python app.py --hash-password 用户名 生成），确实不要密码就加 --insecure。",
        "Add --auth FILE (lines from python app.py --hash-password NAME), or --insecure if you mean it.",
    ),
    "no_such_folder": Message(
        "--folder {path}：没有这个文件夹。",
        "--folder {path}: no such folder.",
        "请给出已有的文件夹。",
        "Name an existing one.",
    ),
    "plain_passwords": Message(
        "密码未经加密传送；请在前面放一个 HTTPS 服务器。",
        "Passwords are sent unencrypted. Put an HTTPS server in front of this one.",
    ),
    "closed": Message("网页已关闭；已完成的改动都在。", "The page is closed; finished changes are kept."),
    "address": Message("{address}  （按 Ctrl-C 结束）", "{address}  (Ctrl-C ends it)"),
}
