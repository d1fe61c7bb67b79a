"""What python -m index.reindex says: errors, report lines and notes. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "description": Message(
        "让资料库与文件和文件夹保持一致；只处理变化。",
        "Make the store mirror files and folders; only what changed is done.",
    ),
    "paths": Message(
        "文件和文件夹：txt、md、html、pdf、docx、xlsx、pptx、epub、eml、jsonl、csv、订阅源、zip 等（默认 corpus/）",
        "files and folders of txt, md, html, pdf, docx, xlsx, pptx, epub, eml, jsonl, csv, feeds, zip and more "
        "(default: corpus/)",
    ),
    "shard": Message(
        "只处理 N 份文件里的第 I 份，让 N 台机器一起写一个 Milvus 资料库",
        "index only the I-th of N parts of the files, so that N machines can feed one Milvus store",
    ),
    "model": Message(
        "向量模型：bundled、static（没有上下文向量），或任何 sentence-transformers "
        "模型或文件夹（默认：建库时所用的模型，新库用 bundled）",
        "embedding model: bundled, static (no contextual vectors), or any sentence-transformers model or folder"
        " (default: the one the store was made with, bundled for a new one)",
    ),
    "dry_run": Message("只说会改变什么，不写入", "say what would change, write nothing"),
    "as_is": Message(
        "看着不是文章的（清洗后什么也不剩、只是列表的网页）也照原样收下；以后不必再写",
        "take in as it is what looks like no article (nothing is left of it after cleaning, or a page is only a list);"
        " later runs keep it",
    ),
    "json": Message("把报告写成一个 JSON 对象", "print the report as one JSON object"),
    "later": Message(
        "把上下文向量留给以后的运行（ZHIWEN_VECTORS=later 也是）",
        "leave the contextual vectors to a later run (as ZHIWEN_VECTORS=later does)",
    ),
    "remove": Message("改为按编号或路径取出文章", "remove the articles named by id or path instead"),
    "from_store": Message(
        "改为把这个文件夹里的资料库连同向量复制到一个空库",
        "copy the store in this folder into an empty one instead, vectors included",
    ),
    "rollback": Message("改为撤回上次运行的改动", "undo the last run instead"),
    "watch": Message("不退出，随时收入这些路径下的变化", "keep running, and index each change under the paths"),
    "verify": Message(
        "改为核对资料库的数据库和搜索文件", "check the store's database against its search files instead"
    ),
    "rebuild": Message("改为从数据库重新生成搜索文件", "make the search files again from the database instead"),
    "nothing_to_read": Message(
        "{paths}：没有找到能读的文件。",
        "{paths}: No readable files found.",
        "请放进文本、网页、文档或表格。",
        "Put texts, web pages, documents or tables there.",
    ),
    "shard_remade": Message(
        "--shard：整个资料库都要重做（换了模型，或换了知闻的版本）。",
        "--shard: the whole store is to be made again (another model, or another zhiwen).",
        "请先不带 --shard 运行一次。",
        "Run once without --shard.",
    ),
    "only_to_server": Message(
        "--from-store 只能复制到 Milvus 服务器。",
        "--from-store copies to a Milvus server only.",
        "文件夹里的资料库，没有程序在写时，复制文件夹即可。",
        "A store in a folder is copied with the folder, while nobody writes to it.",
    ),
    "store_there": Message(
        "{address}：这里已经有资料库。",
        "{address}: there is a store already.",
        "请在地址里写另一个数据库。",
        "Name another database in the address.",
    ),
    "no_such_article": Message(
        "{name}：{address} 里没有这个编号或路径的文章。",
        "{name}: no article of this id or path in {address}.",
        "python -m qa.ask --json 会显示编号和路径。",
        "python -m qa.ask --json shows ids and paths.",
    ),
    "empty_path": Message(
        "有一个路径是空的。",
        "one of the paths is empty.",
        "请写出文件或文件夹，或去掉它（默认 corpus/）。",
        "Name files or folders, or leave it out for corpus/.",
    ),
    "whole_only": Message(
        "{option} 不接受路径和 --dry-run。",
        "{option} takes no paths and no --dry-run.",
        "它处理的是整次运行或整个资料库。",
        "It takes a run, or a store, as a whole.",
    ),
    "remove_what": Message(
        "--remove 需要文章的编号或路径。",
        "--remove needs the ids or paths of articles.",
        "python -m qa.ask --json 会显示它们。",
        "python -m qa.ask --json shows them.",
    ),
    "shard_of_folder": Message(
        "--shard：文件夹里的资料库只由一台机器写。",
        "--shard: a store in a folder is fed by one machine.",
        "请去掉它，或用 --store 写出 Milvus 服务器。",
        "Leave it out, or name a Milvus server with --store.",
    ),
    "shard_what": Message(
        "--shard 只用于收入文件。", "--shard only divides the taking in of files.", "请去掉它。", "Leave it out here."
    ),
    "as_is_what": Message(
        "--as-is 只用于收入文件。", "--as-is is only for taking in files.", "请去掉它。", "Leave it out here."
    ),
    "watch_dry_run": Message(
        "--watch 不能和 --dry-run 一起用。",
        "--watch and --dry-run are of no use together.",
        "请去掉其中一个。",
        "Leave one of them out.",
    ),
    "faults": Message(
        "{address}：{faults}。",
        "{address}: {faults}.",
        "python -m index.reindex --rebuild 会重新生成检索文件。",
        "python -m index.reindex --rebuild makes the search files again.",
    ),
    "agreed": Message(
        "{articles} 篇文章，{passages} 个段落：数据库与检索文件一致。",
        "{articles} articles, {passages} passages: the database and the search files agree.",
    ),
    "files_unchanged": Message(
        "文件没有改动；撤回的变化如果来自文件，下次处理这些文件时会再做一遍。",
        "Files were not changed; if they caused what was undone, the next run over them does it again.",
    ),
    "sample_removed": Message(
        "已取出自带的示例文章（{count} 篇）：资料库里现在只有您自己的文章。",
        "Removed the bundled sample articles ({count}): the store now holds only your own.",
    ),
    "done": Message(
        "新增 {added}，改动 {changed}，取出 {removed}，未变 {unchanged}",
        "added {added}, changed {changed}, removed {removed}, unchanged {unchanged}",
    ),
    "would": Message(
        "将新增 {added}，改动 {changed}，取出 {removed}，未变 {unchanged}",
        "{added} would be added, {changed} changed, {removed} removed, {unchanged} unchanged",
    ),
    "summary": Message(
        "{did} · {articles} 篇文章（{duplicates} 篇与别篇重复），{passages} 个段落"
        "{receipt} · 第 {generation} 代 · {seconds:.1f} 秒",
        "{did} · {articles} articles ({duplicates} copies of another), {passages} passages{receipt}"
        " · generation {generation} · {seconds:.1f} s",
    ),
    "receipt": Message(
        "（删去旧段落 {passages} 个：词索引 {terms}，向量索引 {vectors}）",
        " (old passages deleted: {passages}; {terms} from the term index, {vectors} from the vector index)",
    ),
    "watching": Message("正在关注 {paths}；按 Ctrl-C 结束。", "watching {paths}; Ctrl-C ends it."),
}
