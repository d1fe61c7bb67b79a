"""Makes qa/assets/regional.txt: what one thing is called on the mainland and in Taiwan (软件, 軟體).

Knows OpenCC's phrase tables and the training texts of both sides. Does not know how the table is used.

    python -m training.regional_words --data ../shared/train

A pair comes from a word that OpenCC writes otherwise for Taiwan; both are folded. It is kept only if each side's texts
prefer their own word at least fourfold over the other side's use of it, or hold neither: 支持 and 支援 are both at home
on both sides.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import jieba
import opencc

from index.text.folding import fold
from training.texts import training_texts

TABLE = Path(__file__).parents[1] / "qa" / "assets" / "regional.txt"
_PREFERRED = 4.0
_PLAIN = 1.0  # added to counts per million characters: a word met once or twice proves nothing
_LONGEST = 8  # characters; longer ones are phrases


def _pairs() -> dict[str, str]:
    """Mainland word → Taiwanese word, folded, without those that only hold a shorter one."""
    words, script = opencc.OpenCC("s2twp"), opencc.OpenCC("s2tw")
    jieba.initialize()
    differing = {}
    for word in sorted(word for word, count in jieba.dt.FREQ.items() if count and 1 < len(word) <= _LONGEST):
        other, plain = fold(words.convert(word)), fold(script.convert(word))
        if other != plain and len(other) > 1:
            differing[fold(word)] = other
    pairs: dict[str, str] = {}
    for word in sorted(differing, key=lambda word: (len(word), word)):
        made = word
        for shorter, other in pairs.items():
            made = made.replace(shorter, other)
        if made != differing[word]:
            pairs[word] = differing[word]
    return pairs


def _per_million(data: Path, words: set[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each word stands in a million characters of mainland and of Taiwanese texts."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    sizes = [0, 0]
    lengths = sorted({len(word) for word in words})
    for row in training_texts(data):
        side, text = int(row["set"].startswith("tainan")), fold(row["text"])
        sizes[side] += len(text)
        for length in lengths:
            counts[side].update(
                piece for i in range(len(text) - length + 1) if (piece := text[i : i + length]) in words
            )
    for side in (0, 1):
        for word in counts[side]:
            counts[side][word] = round(counts[side][word] * 1e6 / sizes[side])
    return counts


def main() -> None:
    """Writes the table, a pair a line."""
    parser = argparse.ArgumentParser(description="Make the table of words that differ across the strait.")
    parser.add_argument("--data", type=Path, required=True, help="folder with text.jsonl.xz")
    options = parser.parse_args()
    pairs = _pairs()
    mainland, taiwan = _per_million(options.data, {*pairs, *pairs.values()})
    kept = []
    for word, other in sorted(pairs.items()):
        ours = (mainland[word] + _PLAIN) / (taiwan[word] + _PLAIN)
        theirs = (taiwan[other] + _PLAIN) / (mainland[other] + _PLAIN)
        unknown = not any((mainland[word], taiwan[word], mainland[other], taiwan[other]))
        # Only where both prefer their own; a word in everyday use on both sides means something else on one of them.
        if unknown or (ours >= 1 and theirs >= 1 and ours * theirs >= _PREFERRED**2):
            kept.append(f"{word}\t{other}\n")
    TABLE.write_text("".join(kept), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{TABLE.name}: {len(kept)} of {len(pairs)} pairs\n")


if __name__ == "__main__":
    main()
