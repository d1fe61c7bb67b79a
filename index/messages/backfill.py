"""What is said while the contextual encoder's vectors are made. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "progress": Message("向量 {encoded}/{passages}", "vectors {encoded}/{passages}"),
    "left": Message("，还要约 {time}", ", about {time} left"),
    "seconds": Message("{seconds} 秒", "{seconds} s"),
    "minutes": Message("{minutes} 分钟", "{minutes} min"),
    "hours": Message("{hours} 小时 {minutes} 分钟", "{hours} h {minutes} min"),
    "stopped": Message(
        "已停下：{passages} 个段落中 {encoded} 个有了向量，都能检索；下次运行接着做。",
        "Stopped: {encoded} of {passages} passages have vectors, all can be searched; the next run goes on.",
    ),
    "no_encoder": Message(
        "没有上下文向量，其余照常：{problem}",
        "No contextual vectors, everything else works: {problem}",
        "请重新安装知闻。",
        "Install zhiwen again.",
    ),
}
