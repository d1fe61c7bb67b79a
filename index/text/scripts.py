"""Tell simplified from traditional script.

Knows which characters only one of the two has. Does not convert anything: index.text.folding does.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache


def script(text: str) -> str:
    """Return `simplified`, `traditional`, `mixed`, or `other`.

    A text is `other` if none of its characters belongs to one of the scripts only.
    """
    signs = Counter(text).items()
    simplified = sum(count for sign, count in signs if _only(sign, "gb2312", "big5hkscs"))
    traditional = sum(count for sign, count in signs if _only(sign, "big5", "gb2312"))
    if not simplified + traditional:
        return "other"
    share = traditional / (simplified + traditional)
    return "simplified" if share < 0.1 else "traditional" if share > 0.9 else "mixed"


@lru_cache(maxsize=1 << 16)
def _only(sign: str, one: str, other: str) -> bool:
    """Return True if only the first of two character sets has this Chinese character."""
    return "\u4e00" <= sign <= "\u9fff" and bool(sign.encode(one, "ignore")) and not sign.encode(other, "ignore")
