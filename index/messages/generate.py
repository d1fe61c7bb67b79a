"""Why a language model gave no answer. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "unproved": Message(
        "它说的没有一句能在所引段落里核实", "none of its sentences could be verified in the passages it cites"
    ),
    "said_nothing": Message("它什么也没有说", "it said nothing"),
    "unreachable": Message("连接不上", "it cannot be reached"),
    "too_long": Message("说得太长", "its answer is too long"),
    "broken_off": Message("话没有说完就断了", "its answer breaks off"),
    "slow_to_finish": Message("没有在限定的时间内说完", "it did not finish in time"),
    "slow_to_answer": Message("没有在限定的时间内回答", "it did not answer in time"),
    "too_many_requests": Message("请求太多，它暂不受理（429）", "it refuses for now: too many requests (429)"),
    "status": Message("它报告错误（{status}）", "it reports an error ({status})"),
    "garbled": Message(
        "它的回答中断了，或不合约定的格式", "its answer was interrupted or is not in the expected format"
    ),
}
