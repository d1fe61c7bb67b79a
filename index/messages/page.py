"""What goes wrong on the page, in its API, at its door and with what is uploaded. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    # Questions and the API
    "no_words": Message("请写出一个问题，或几个关键词。", "Write a question, or a few keywords."),
    "too_long": Message(
        "问题太长了，请用一句话或几个关键词。", "The question is too long. Ask in one sentence or with a few keywords."
    ),
    "too_many_questions": Message(
        "现在提问的人太多。",
        "Too many people are asking at the moment.",
        "请过几秒钟再试。",
        "Try again in a few seconds.",
    ),
    "model_busy": Message(
        "同时请语言模型作答的人太多", "too many people are asking the language model at the same time"
    ),
    "bug": Message(
        "服务器出错了，详情在服务器自己的输出里。", "The server has a bug; its own output shows the details."
    ),
    "not_a_request": Message(
        '请求的内容不是 JSON {{"data": [question, k, since, until, source, article]}}。',
        'The body is not {{"data": [question, k, since, until, source, article]}} in JSON.',
    ),
    "wrong_values": Message(
        "data 应是列表：question、k、since、until、source、article，除第一项外都可以省略。",
        "data: a list of question, k, since, until, source, article is needed; all but the first may be left out.",
    ),
    "not_a_text": Message("{name}：应是文字，不是 {type}。", "{name}: a text is needed, not {type}."),
    "wrong_number": Message(
        "k = {value}：应是 1 到 {most} 的整数。", "k = {value}: a whole number from 1 to {most} is needed."
    ),
    "no_such_event": Message(
        "没有这个事件，或者它的结果已经取走。", "There is no such event, or its result was fetched before."
    ),
    "mcp_missing": Message(
        "--mcp 需要安装 mcp。",
        "--mcp needs the package mcp.",
        "请在源码文件夹里运行 pip install -e '.[mcp]'。",
        "Run pip install -e '.[mcp]' in the source folder.",
    ),
    # Changes to the store
    "busy": Message("正在处理另一件事，请等它做完。", "Another change is under way. Wait until it has ended."),
    "gone": Message("这篇文章已不在资料库里。", "This article is no longer in the store."),
    "no_file": Message(
        "原文件已不在，无法重读；资料库里的这篇还在。",
        "The article's file is gone, so it cannot be read again. The article stays in the store.",
    ),
    "not_allowed": Message("这个文件夹不在允许之列。", "This folder is not one of those allowed."),
    "unexpected": Message("程序出错了：{reason}", "This is a bug: {reason}"),
    # Uploads
    "no_addresses": Message("不能从网址读取文件，请上传。", "Files cannot be read from a web address. Upload them."),
    "not_received": Message("没有收到这个文件，请重新选择。", "The file did not arrive. Choose it again."),
    "kind_not_read": Message(
        "这种文件读不了。",
        "Files of this kind cannot be read.",
        "可以读 txt、md、html、mhtml、pdf、docx、xlsx、xls、ods、pptx、epub、eml、msg、ofd、srt、vtt、jsonl、json、"
        "csv、tsv、xml，和它们的压缩包 zip、gz、xz、bz2。",
        "These can: txt, md, html, mhtml, pdf, docx, xlsx, xls, ods, pptx, epub, eml, msg, ofd, srt, vtt, jsonl, json, "
        "csv, tsv, xml, and these packed as zip, gz, xz or bz2.",
    ),
    "empty_upload": Message("这是空文件。", "The file is empty."),
    "file_too_large": Message(
        "文件超过 {limit} MB。",
        "The file is larger than {limit} MB.",
        "请分成几个文件。",
        "Split it into several files.",
    ),
    "not_its_kind": Message("内容不是 {suffix} 文件。", "The contents are not those of a {suffix} file."),
    "is_windows_program": Message(
        "内容是 Windows 程序，不是 {suffix} 文件。", "The contents are a Windows program, not a {suffix} file."
    ),
    "is_program": Message("内容是程序，不是 {suffix} 文件。", "The contents are a program, not a {suffix} file."),
    "is_script": Message("内容是脚本，不是 {suffix} 文件。", "The contents are a script, not a {suffix} file."),
    "is_picture": Message("内容是图片，不是 {suffix} 文件。", "The contents are a picture, not a {suffix} file."),
    "is_recording": Message(
        "内容是影音，不是 {suffix} 文件。", "The contents are sound or video, not a {suffix} file."
    ),
    "is_old_office": Message(
        "内容是旧版 Office 文件，不是 {suffix} 文件。",
        "The contents are an old Office document, not a {suffix} file.",
        "请另存为 docx 或 csv。",
        "Save it as docx or csv.",
    ),
    "is_rar": Message(
        "内容是 RAR 压缩包，不是 {suffix} 文件。",
        "The contents are a RAR archive, not a {suffix} file.",
        "请改用 zip。",
        "Use zip instead.",
    ),
    "is_seven_zip": Message(
        "内容是 7z 压缩包，不是 {suffix} 文件。",
        "The contents are a 7z archive, not a {suffix} file.",
        "请改用 zip。",
        "Use zip instead.",
    ),
    "is_database": Message("内容是数据库，不是 {suffix} 文件。", "The contents are a database, not a {suffix} file."),
    "is_archive": Message("内容是压缩包，不是 {suffix} 文件。", "The contents are an archive, not a {suffix} file."),
    # The guard
    "too_large": Message("太大：超过了这里能收的大小。", "The request is too large."),
    "no_host": Message("请求没有主机名。", "The request needs exactly one Host header."),
    "unknown_host": Message(
        "不认识主机名 {host}，可以用 --allowed-host 允许它。", "Unknown host {host}; --allowed-host NAME allows it."
    ),
    "no_such_page": Message("没有这一页。", "There is no such page."),
    "wrong_method": Message("不能这样请求。", "This method is not allowed."),
    "no_such_file": Message("没有这个文件。", "There is no such file."),
    "too_many_files": Message("上传的文件太多，请稍后再试。", "Too many uploaded files are waiting. Try again later."),
    "other_page": Message("请求来自别的网页。", "The request comes from another page."),
    "log_in_first": Message("请先登录。", "Log in first."),
    "not_logged_in": Message(
        "请先登录：没有给用户名和密码，或者不对。", "Log in first: the name and password are missing or wrong."
    ),
    "wrong_password": Message("用户名或密码不对。", "Wrong name or password."),
    "too_many_attempts": Message(
        "密码试得太多，请 {seconds} 秒后再试。", "Too many attempts. Try again in {seconds} seconds."
    ),
    "wrong_length": Message("请求的长度不对。", "Content-Length is not a number."),
    "user_name": Message("用户名", "Name"),
    "password": Message("密码", "Password"),
    "log_in": Message("登录", "Log in"),
    "site_name": Message("知闻", "zhiwen"),
    # The file of logins
    "argon2_missing": Message(
        "--auth 需要安装 argon2-cffi。",
        "--auth needs the package argon2-cffi.",
        "请运行 pip install argon2-cffi。",
        "Run pip install argon2-cffi.",
    ),
    "wrong_login_line": Message(
        "--auth {path}：第 {line} 行不是“用户名:argon2 哈希”。",
        "--auth {path}: line {line} is not name:hash with an argon2 hash.",
        "请用 python app.py --hash-password 用户名 生成。",
        "Make lines with python app.py --hash-password NAME.",
    ),
    "wrong_login_length": Message(
        "--auth {path}：第 {line} 行：用户名应是 1 到 64 个字符。",
        "--auth {path}: line {line}: a name has 1 to 64 characters.",
        "请用 python app.py --hash-password 用户名 生成。",
        "Make lines with python app.py --hash-password NAME.",
    ),
    "wrong_login_characters": Message(
        "--auth {path}：第 {line} 行：用户名里不能有冒号、看不见的字符，也不能以 # 开头。",
        "--auth {path}: line {line}: a name has no colon, no # at its beginning and no invisible character.",
        "请用 python app.py --hash-password 用户名 生成。",
        "Make lines with python app.py --hash-password NAME.",
    ),
    "login_twice": Message(
        "--auth {path}：第 {line} 行：{name} 前面已有一行。",
        "--auth {path}: line {line}: {name} has a line already.",
        "请只留一行。",
        "Keep one of them.",
    ),
    "no_logins": Message(
        "--auth {path}：里面没有用户。",
        "--auth {path}: the file names nobody.",
        "请用 python app.py --hash-password 用户名 生成。",
        "Make lines with python app.py --hash-password NAME.",
    ),
    "logins_not_utf8": Message(
        "--auth {path}：不是 UTF-8 文字。",
        "--auth {path}: the file is not UTF-8 text.",
        "请用 python app.py --hash-password 用户名 生成。",
        "Make lines with python app.py --hash-password NAME.",
    ),
    "name_length": Message(
        "--hash-password：用户名应是 1 到 64 个字符。", "--hash-password: a name has 1 to 64 characters."
    ),
    "name_characters": Message(
        "--hash-password：用户名里不能有冒号、看不见的字符，也不能以 # 开头。",
        "--hash-password: a name has no colon, no # at its beginning and no invisible character.",
    ),
    "no_terminal": Message(
        "--hash-password 要在终端里输入密码，这里没有终端。",
        "--hash-password asks for a password, and there is no terminal to ask at.",
        "请在终端里运行。",
        "Run it in a terminal.",
    ),
    "short_password": Message(
        "密码至少要 {shortest} 个字符。",
        "The password needs at least {shortest} characters.",
        "请重新运行。",
        "Run it again.",
    ),
    "passwords_differ": Message("两次输入的密码不一样。", "The two passwords differ.", "请重新运行。", "Run it again."),
    "no_password": Message("没有输入密码。", "No password was given.", "请重新运行。", "Run it again."),
    "ask_password": Message("密码（{name}）: ", "Password ({name}): "),
    "ask_again": Message("再输一遍: ", "Once more: "),
    # The server's address
    "not_a_port": Message(
        "--port {port}：不是端口号。",
        "--port {port}: not a port.",
        "请用 1024 到 65535。",
        "Take one from 1024 to 65535.",
    ),
    "cannot_listen": Message(
        "{host}:{port}：这个地址用不了（{reason}）。",
        "{host}:{port}: cannot be listened on ({reason}).",
        "请换一个 --port，或用这台机器的地址。",
        "Take another --port, or an address of this machine.",
    ),
}
