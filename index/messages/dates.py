"""What is wrong with the dates of a filter. Knows the sentences only."""

from __future__ import annotations

from index.language import Message

MESSAGES = {
    "not_a_date": Message(
        "{option}：“{value}”不是日期。",
        "{option}: “{value}” is not a date.",
        "请写成 2024、2024-05、2024-05-31，或“去年”“上个月”“近三年”。",
        "Write it as 2024, 2024-05 or 2024-05-31.",
    ),
    "backwards": Message(
        "起始日期 {since} 在截止日期 {until} 之后。",
        "The first date, {since}, comes after the last, {until}.",
        "请把两个日期对调。",
        "Swap the two dates.",
    ),
}
