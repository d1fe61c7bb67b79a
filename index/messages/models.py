"""What can go wrong when a model is loaded. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

_HINT = (
    "请写出本机上的文件夹，或联网一次把它取来（HF_ENDPOINT 可设镜像）。",
    "Name a folder on this machine, or connect once so that it can be fetched (HF_ENDPOINT sets a mirror).",
)

MESSAGES = {
    "no_folder": Message(
        "{name}：没有这个模型文件夹。",
        "{name}: no such model folder.",
        "请写出已有的文件夹，或模型在网上的名字。",
        "Name an existing one, or a model by its name on the hub.",
    ),
    "not_loaded": Message("不能加载{what} {name}（{reason}）。", "{what} {name} cannot be loaded ({reason}).", *_HINT),
    "offline": Message(
        "{what} {name} 不在本地缓存里，而 HF_HUB_OFFLINE 禁止下载。",
        "{what} {name} is not in the local cache, and HF_HUB_OFFLINE forbids fetching it.",
        *_HINT,
    ),
    "unreachable": Message(
        "{what} {name} 不在本地缓存里，而 {address} 连不上。",
        "{what} {name} is not in the local cache, and {address} cannot be reached.",
        *_HINT,
    ),
    "no_dimension": Message(
        "模型 {name} 没有说明向量的长度。",
        "the model {name} does not say how long its vectors are.",
        "请换一个文本向量模型。",
        "Name a text embedding model.",
    ),
    "not_static": Message(
        "{path}：不是静态向量模型（{reason}）。",
        "{path}: not a static embedding model ({reason}).",
        "请重新安装知闻，或用 --model 换一个模型。",
        "Install zhiwen again, or name another --model.",
    ),
    "damaged": Message(
        "{path}：不能读取（{reason}）。",
        "{path}: cannot be read ({reason}).",
        "请重新安装知闻。",
        "Install zhiwen again.",
    ),
    "the_model": Message("向量模型", "the model"),
    "the_reader": Message("阅读模型", "the reader"),
    "the_reranker": Message("重排模型", "the reranker"),
}
