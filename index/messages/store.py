"""What can go wrong with a store, whichever command asks for it. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_ANOTHER = "请用 --store 换一个地方。", "Name another place with --store."
_AGAIN = (
    "请把它移走，再运行 python -m index.reindex；或用 --store 换一个资料库。",
    "Move it away and run python -m index.reindex again, or name another --store.",
)

MESSAGES = {
    "terms_lacking": Message(
        "词索引：少 {count} 个段落，例如 {example} 号", "terms: lacks {count} passages, such as {example}"
    ),
    "terms_excess": Message(
        "词索引：多 {count} 个段落，例如 {example} 号", "terms: has too many: {count} passages, such as {example}"
    ),
    "vectors_lacking": Message(
        "向量索引：少 {count} 个段落，例如 {example} 号", "vectors: lacks {count} passages, such as {example}"
    ),
    "vectors_excess": Message(
        "向量索引：多 {count} 个段落，例如 {example} 号", "vectors: has too many: {count} passages, such as {example}"
    ),
    "no_store": Message(
        "{address}：这里没有资料库。",
        "{address}: no store there.",
        "请用 python -m index.reindex 文件夹 建一个，或用 --store 换一个。",
        "Make one with python -m index.reindex FOLDER, or name another --store.",
    ),
    "busy": Message(
        "{path}：另一个程序正在写这个资料库。",
        "{path}: another process is writing to this store.",
        "请等它结束，再试一次。",
        "Wait until it has ended, then try again.",
    ),
    "unwritable": Message("{path}：不能写入（{reason}）。", "{path}: cannot be written ({reason}).", *_ANOTHER),
    "cannot_make": Message("{path}：不能建立这个文件夹（{reason}）。", "{path}: cannot be made ({reason}).", *_ANOTHER),
    "older_format": Message(
        "{path}：资料库是旧格式（{stored}），这个版本用的是格式 {format}。",
        "{path}: a store of the older format {stored}; this version uses format {format}.",
        "请对同一个文件夹再运行一次 python -m index.reindex；资料不会丢失。",
        "Run python -m index.reindex again over the same folders; nothing is lost.",
    ),
    "too_old_format": Message(
        "{path}：资料库的格式 {stored} 太旧，不能转换为格式 {format}。",
        "{path}: a store of format {stored}, which is too old to convert to format {format}.",
        "请把它移走，再运行 python -m index.reindex。",
        "Move it away and run python -m index.reindex again.",
    ),
    "newer_format": Message(
        "{path}：资料库是新版知闻建的（格式 {stored}，这个版本用的是 {format}）。",
        "{path}: a newer zhiwen made this store (format {stored}; this version uses {format}).",
        "请更新知闻，或用 --store 换一个资料库。",
        "Update zhiwen, or name another --store.",
    ),
    "log_pending": Message(
        "{path}：最后一次改动还没有写进 zhiwen.sqlite，而文件夹不能写入。",
        "{path}: its last change is not yet in zhiwen.sqlite, and the folder cannot be written.",
        "请先在可以写入的地方打开它一次。",
        "Open it once where it may be written.",
    ),
    "apsw_incomplete": Message(
        "apsw 缺少校验和扩展（{reason}）。",
        "apsw lacks its checksum extension ({reason}).",
        "请运行 pip install --force-reinstall apsw。",
        "Run pip install --force-reinstall apsw.",
    ),
    "damaged": Message(
        "{path}：已损坏，或不是资料库（{reason}）。", "{path}: damaged or not a store ({reason}).", *_AGAIN
    ),
    "misplaced": Message(
        "{path}：资料库已损坏，段落 {passage} 的位置不在它的文章里。",
        "{path}: damaged (passage {passage} does not lie inside its article).",
        *_AGAIN,
    ),
    "rows_missing": Message(
        "{path}：资料库已损坏，缺少应有的段落。", "{path}: damaged (passages that must be there are not).", *_AGAIN
    ),
    "unusable": Message(
        "{path}：{reason}。",
        "{path}: {reason}.",
        "请检查磁盘是否已满，文件是否可以读写。",
        "Check that the disk is not full and that the file can be read and written.",
    ),
    "disk_full": Message(
        "{path}：磁盘已满，什么都没有改。",
        "{path}: the disk is full; nothing was changed.",
        "请腾出空间，再运行同一条命令。",
        "Make space, then run the same command again.",
    ),
    "search_files_unwritten": Message(
        "{path}：文章都已存好，但检索文件写不进去（{reason}）。",
        "{path}: all articles are in the store, but its search files could not be written ({reason}).",
        "请腾出空间；下一条命令会重新生成检索文件。",
        "Make space; the next command makes them again.",
    ),
    "nothing_to_undo": Message(
        "{path}：没有保留第 {generation} 代之前的内容。",
        "{path}: what was before generation {generation} is not kept.",
        "只能撤销最近一次改动；第一次建库和超过 512 MB 的改动不能撤销。",
        "Only the last change can be taken back, and neither a first run nor a change of more than 512 MB.",
    ),
    "empty_address": Message(
        "--store 是空的。", "--store is empty.", "请写出文件夹，或去掉它。", "Name a folder, or leave it out."
    ),
    "address_not_utf8": Message(
        "--store {name}：名字不是 UTF-8。",
        "--store {name}: a name that is not UTF-8.",
        "请换一个文件夹。",
        "Name another folder.",
    ),
    "not_an_address": Message(
        "--store {name!r}：不是 Milvus 服务器的地址。",
        "--store {name!r}: not the address of a Milvus server.",
        "请写成 http://host:19530 或 https://user:password@host/database（密码里的 : / ? # @ 写成 %3A %2F %3F "
        "%23 %40），或写文件夹。",
        "Name it as http://host:19530 or https://user:password@host/database"
        " (: / ? # @ within a password as %3A %2F %3F %23 %40), or name a folder.",
    ),
    "waiting": Message(
        "{path}：另一个程序正在写入，正在等它的检索文件。",
        "{path}: another process is writing; waiting for its search files.",
    ),
    "search_files_made": Message(
        "{path}：检索文件不是第 {generation} 代的，已重新生成。",
        "{path}: the search files were not those of generation {generation}; made again from the store.",
    ),
}
