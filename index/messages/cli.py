"""What the console command `zhiwen` says itself. Knows the sentences only; its subcommands have their own."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "description": Message(
        "在自己的中文文章里搜索、问答，离线运行。", "Search and ask your own Chinese articles, offline."
    ),
    "usage": Message("用法：zhiwen 命令 [选项 …]", "usage: zhiwen COMMAND [OPTION …]"),
    "commands": Message("命令：", "commands:"),
    "more": Message(
        "zhiwen 命令 --help 列出一个命令的选项；zhiwen --version 显示版本。",
        "zhiwen COMMAND --help lists the options of a command; zhiwen --version shows the version.",
    ),
    "ask": Message("回答一个问题", "answer a question"),
    "index": Message("收录文件和文件夹，只处理变化", "index files and folders, only what changed"),
    "doctor": Message("检查文件里有什么、清洗会改什么", "show what files hold and what cleaning would change"),
    "evaluate": Message("在有标准答案的问题上度量", "measure on questions with known answers"),
    "serve": Message("在浏览器里打开网页", "serve the page for a browser"),
    "figures": Message("列出文章里的数字（以后的版本）", "list the figures in the articles (a later version)"),
    "mcp": Message("以 MCP 协议提供服务（以后的版本）", "speak MCP over stdio (a later version)"),
    "no_command": Message(
        "没有给出命令。",
        "No command was named.",
        "请运行 zhiwen --help 看有哪些命令。",
        "Run zhiwen --help to see the commands.",
    ),
    "unknown_command": Message(
        "没有“{command}”这个命令。",
        "There is no command “{command}”.",
        "请运行 zhiwen --help 看有哪些命令。",
        "Run zhiwen --help to see the commands.",
    ),
    "later": Message(
        "zhiwen {command} 在这个版本里还没有。",
        "zhiwen {command} does not exist in this version yet.",
        "请用 zhiwen --help 里的其他命令。",
        "Use another command from zhiwen --help.",
    ),
}
