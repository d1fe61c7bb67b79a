"""Read numbers as Chinese writes them: 1亿1745万, 三亿六千万, 十三万四千, 三百五, 3.5万亿.

Knows digits, Han numerals and scales. Does not know units, and does not tell numbers from words that look like them.
"""

from __future__ import annotations

import re

LONGEST = 24  # characters of a numeral; a longer one is no number
_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
MOST_DIGITS = 15  # a longer row of digits is an identifier, and a float would not keep it
HAN = "[零〇一二两三四五六七八九十百千万亿]"
DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
SCALE = r"(?:[十百千]?万亿|[十百千]?亿|[十百千]?万|千(?![瓦米克卡伏])|百(?!分))"
HAN_NUMBER = rf"{HAN}+(?:点[零〇一二三四五六七八九]+[万亿]*)?"
NUMERAL = (
    rf"(?:{DIGITS}|{HAN_NUMBER})(?:\s?[多余]?\s?{SCALE}"
    rf"(?:{DIGITS}\s?{SCALE}|零?[一二两三四五六七八九][零一二两三四五六七八九十百千万]*[十百千万])*)?"
)


def scale_of(written: str) -> int:
    """Return the product of scales: 万亿 is 10,000 times 100,000,000."""
    product = 1
    for sign in written:
        product *= _SCALES[sign]
    return product


def read_number(numeral: str) -> tuple[float, float | None, float]:
    """Return the value of a numeral, the upper end if it names a range (三四百), and the scale it ends with."""
    written = re.sub(r"[\s,多余]", "", numeral)
    if written == "半":
        return 0.5, None, 1.0
    scale = re.search(r"[十百千]?[万亿]+$", written)
    factor = float(scale_of(scale.group())) if scale else 1.0
    if not written[0].isdecimal():
        pair = re.match(r"([一二两三四五六七八])([二三四五六七八九])(?=[十百千万亿]|$)", written)
        if pair and _HAN_DIGITS[pair[2]] - _HAN_DIGITS[pair[1]] == 1:
            low, high = pair[1] + written[2:], pair[2] + written[2:]
            return _han(low), _han(high), factor
        return _han(written), None, factor
    total, rest = 0.0, written
    while piece := re.match(rf"零?(\d+(?:\.\d+)?)({SCALE})?", rest):
        whole = piece[1]
        # 17.03万亿 is read in integers: as floats the product would be off by a grain.
        digits, places = whole.replace(".", ""), len(whole.partition(".")[2])
        total += int(digits) * scale_of(piece[2] or "") / 10**places
        rest = rest[piece.end() :]
        if not rest or not (rest[0].isdecimal() or rest.startswith("零")):
            break
    return total + (_han(rest) if rest else 0.0), None, factor


def _han(written: str) -> float:
    """Return the value of a Han numeral with all its scales: 十三万四千, 三点五亿."""
    for sign, scale in (("亿", 10**8), ("万", 10**4)):
        before, results, after = written.rpartition(sign)
        if results:
            low = _han(after) if after else 0.0
            if len(after) == 1 and after in _HAN_DIGITS:
                low *= scale / 10  # 两万三 is 23,000
            return (_han(before) if before else 1.0) * scale + low
    whole, _, decimals = written.partition("点")
    total = 0.0
    if any(sign in _PLACES for sign in whole):
        digit = 0
        for sign in whole:
            if sign in _PLACES:
                total += (digit or 1) * _PLACES[sign]
                digit = 0
            else:
                digit = _HAN_DIGITS.get(sign, 0)
        if digit and whole[-2:-1] in ("百", "千"):
            digit *= _PLACES[whole[-2]] // 10  # 三百五 is 350
        total += digit
    elif whole:
        total = float("".join(str(_HAN_DIGITS.get(sign, 0)) for sign in whole)[:MOST_DIGITS])
    return total + (float(f"0.{''.join(str(_HAN_DIGITS.get(sign, 0)) for sign in decimals)}") if decimals else 0.0)
