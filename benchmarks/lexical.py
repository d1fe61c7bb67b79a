"""The reference for answers: the sentence of the first passage that shares the most terms with the question.

Knows terms and weighs them by their rarity. Counts how often that sentence holds an accepted answer; it never abstains.

    python -m benchmarks.lexical QUESTIONS.jsonl ...
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from index.store.corpus import Corpus
from index.store.terms import terms
from index.text.chunking import sentences
from qa.answering import load_models
from qa.evaluate import GoldQuestion, compared, read_rows, store_of
from qa.question import understand
from qa.search import search


def sentence_hit(path: Path) -> float:
    """Return the share of questions whose lexically best sentence of the first passage holds an accepted answer."""
    rows, passages = read_rows(path)
    with store_of(passages) as store:
        embedder = load_models(store).embedder
        held = 0
        for row in rows:
            question = understand(row.question)
            hits = search(store, embedder, question, 1)
            held += bool(hits) and _holds(store, row, hits[0].stored.passage.text, set(terms(question.content)))
    return held / len(rows)


def _holds(store: Corpus, row: GoldQuestion, text: str, asked: set[str]) -> bool:
    weights = {term: math.log(1 + len(store) / (store.frequency(term) + 0.5)) for term in asked}
    pieces = [text[span.start : span.end] for span in sentences(text)]
    best = max(pieces, key=lambda piece: sum(weights[term] for term in asked & set(terms(piece))))
    return any(compared(answer) in compared(best) for answer in row.accepted_answers)


def main() -> None:
    """Print the share for each set."""
    parser = argparse.ArgumentParser(description="The lexically best sentence, as a reference.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="QUESTIONS.jsonl")
    for path in parser.parse_args().sets:
        sys.stdout.write(f"{path.stem}: {sentence_hit(path):.4f}\n")


if __name__ == "__main__":
    main()
