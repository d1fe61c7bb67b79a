"""Read subtitles (.srt, .vtt): what is spoken, without numbers and times.

Knows these two formats. Does not know files: the text comes decoded.
"""

from __future__ import annotations

import re
from html import unescape

_TIME = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->.*")
_TAG = re.compile(r"</?(?:[ibuvc]|ruby|rt|lang|font)\b[^<>]{0,200}>|<\d+:[\d:.]+>|\{\\[^{}]{0,100}\}", re.IGNORECASE)
_BESIDE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s.*)?", re.DOTALL)


def subtitle_text(text: str) -> str:
    r"""Return the spoken lines of subtitles, one below the other; a line that is shown twice running counts once.

    >>> subtitle_text("1\n00:00:01,000 --> 00:00:02,000\n新桥通车了\n")
    '新桥通车了'
    """
    lines: list[str] = []
    for block in re.split(r"\n[ \t]*\n", re.sub(r"\r\n?", "\n", text).lstrip("\ufeff")):
        inner = block.strip("\n").split("\n")
        at = next((i for i, line in enumerate(inner[:2]) if _TIME.fullmatch(line)), None)
        if at is None and _BESIDE.fullmatch(block.strip()):
            continue
        for line in inner[at + 1 if at is not None else 0 :]:
            if _TIME.fullmatch(line):  # no empty line before the next time
                if lines and lines[-1].isdecimal():
                    lines.pop()
                continue
            spoken = " ".join(unescape(_TAG.sub("", line)).split())
            if spoken and spoken != (lines[-1] if lines else ""):
                lines.append(spoken)
    return "\n".join(lines)
