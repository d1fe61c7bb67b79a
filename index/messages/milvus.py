"""What goes wrong with a store on a Milvus server, and with parts of the files. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "fault_passages": Message(
        "文章 {article}：有 {count} 个段落，应有 {expected} 个",
        "article {article}: {count} passages instead of {expected}",
    ),
    "fault_no_article": Message("{count} 个段落没有文章", "{count} passages without an article"),
    "fault_no_text": Message("{count} 篇文章缺少全文", "{count} articles without their whole text"),
    "fault_statistics": Message("词的统计与现有段落不符", "the statistics of terms are those of other passages"),
    "no_package": Message(
        "{address}：使用 Milvus 服务器上的资料库需要安装 pymilvus。",
        "{address}: a store on a Milvus server needs pymilvus.",
        "请在知闻的项目文件夹里运行 pip install -e '.[milvus]'",
        "In the project's folder, run: pip install -e '.[milvus]'",
    ),
    "not_let_in": Message(
        "{address}：服务器不接受这个用户（{reason}）。",
        "{address}: the server does not let this user in ({reason}).",
        "请把用户名和密码写进地址，或写进环境变量 MILVUS_USER 和 MILVUS_PASSWORD。",
        "Put user and password into the address, or into MILVUS_USER and MILVUS_PASSWORD.",
    ),
    "no_database": Message(
        "{address}：服务器上没有这个数据库。",
        "{address}: the server has no such database.",
        "请先在服务器上建立它，或从地址里去掉数据库的名字。",
        "Make it there, or leave it out of the address.",
    ),
    "no_server": Message(
        "{address}：没有 Milvus 服务器应答（{reason}）。",
        "{address}: no Milvus server answers ({reason}).",
        "请确认服务器正在运行、地址没有写错，再运行同一条命令。",
        "See that it runs and the address is right, then run the same command again.",
    ),
    "server_error": Message(
        "{address}：服务器报告“{reason}”。",
        "{address}: {reason}",
        "服务器的日志里也许有更多说明。没有留下改了一半的内容，请再运行同一条命令。",
        "The server's log may say more. No half-made change can be seen: run the same command again.",
    ),
    "foreign_collection": Message(
        "{address}：那里的集合 {collection} 不是这个版本的知闻建立的（字段：{fields}）。",
        "{address}: the collection {collection} there is not of this version of zhiwen (fields: {fields}).",
        "请在地址里换一个数据库，或删除那个集合。",
        "Name another database in the address, or drop that collection.",
    ),
    "other_dimension": Message(
        "{address}：那里的集合 {collection} 存的是 {stored} 维向量，模型的向量是 {dimension} 维。",
        "{address}: the collection {collection} there holds vectors of {stored} numbers, the model's have {dimension}.",
        "请在地址里换一个数据库，或删除那个集合。",
        "Name another database in the address, or drop that collection.",
    ),
    "other_format": Message(
        "{address}：资料库的格式是 {stored}，这个版本的知闻使用格式 {format}。",
        "{address}: a store of format {stored}, and this is zhiwen with format {format}.",
        "请在地址里换一个数据库，或删除那里的 zhiwen_… 集合，再运行 python -m index.reindex。",
        "Name another database in the address, or drop the collections zhiwen_… there and run python -m index.reindex"
        " again.",
    ),
    "other_writer": Message(
        "{address}：另一个进程正在写这个资料库（{host}，进程 {pid}）。",
        "{address}: another process is writing to this store ({host}, process {pid}).",
        "请等它结束，再试一次。",
        "Wait until it has ended, then try again.",
    ),
    "waiting_for_writer": Message(
        "{address}：另一台机器正在写，或者刚刚写过；最多等一分钟。",
        "{address}: another machine is writing, or was; waiting up to a minute.",
    ),
    "no_such_shard": Message(
        "--shard {written}：不是文件的一部分。",
        "--shard {written}: not a part of the files.",
        "请写成 I/N，表示 N 份中的第 I 份，N 最大是 {most}，例如 2/4。",
        "Name the I-th of N parts as I/N, N at most {most}: 2/4.",
    ),
    "no_store": Message(
        "{address}：这里没有资料库。",
        "{address}: no store there.",
        "请用 python -m index.reindex 文件夹 --store 地址 建立一个。",
        "Make one with python -m index.reindex FOLDER --store ADDRESS.",
    ),
    "misplaced": Message(
        "{address}：资料库已损坏，段落 {passage} 的位置和它的文章不符。",
        "{address}: damaged (passage {passage} is not the text at its place in its article).",
        "请运行 python -m index.reindex --verify；如果查出问题，请重新建立索引。",
        "Run python -m index.reindex --verify; index anew if it finds fault.",
    ),
    "missing_rows": Message(
        "{address}：资料库已损坏（缺少应有的行）。",
        "{address}: damaged (rows that must be there are not).",
        "请运行 python -m index.reindex --verify；如果查出问题，请重新建立索引。",
        "Run python -m index.reindex --verify; index anew if it finds fault.",
    ),
    "missing_text": Message(
        "{address}：资料库已损坏（缺少一篇文章的正文）。",
        "{address}: damaged (the text of an article is not there).",
        "请删除那里的 zhiwen_… 集合，再重新建立索引。",
        "Drop the collections zhiwen_… and index anew.",
    ),
    "store_exists": Message(
        "{address}：那里已经有一个资料库。",
        "{address}: there is a store already.",
        "请在地址里换一个数据库。",
        "Name another database in the address.",
    ),
    "changed_meanwhile": Message(
        "{address}：另一次运行同时改了这个资料库，这次运行的内容不算数。",
        "{address}: another run has changed this store meanwhile; nothing of this run counts.",
        "请确认同一部分只由一次运行来写，再运行同一条命令。",
        "See that only one run writes a part at a time, then run the same command again.",
    ),
    "nothing_to_undo": Message(
        "{address}：没有保留第 {generation} 代之前的内容。",
        "{address}: what was before generation {generation} is not kept.",
        "只能撤回最后一次改动，而且它不能是第一次运行，也不能是更换模型。",
        "Only the last change can be taken back, if it was no first run and none of the model.",
    ),
}
