"""Index a folder and list the passages nearest to some words.

python examples/index_and_search.py FOLDER STORE WORDS
"""

import sys

import zhiwen

folder, store, words = sys.argv[1:]
report = zhiwen.index(folder, store=store)
print(f"{report.articles} 篇，{report.passages} 段")
for problem in report.unreadable:
    print(f"读不了：{problem.file}：{problem.reason}", file=sys.stderr)
with zhiwen.open(store) as library:
    for hit in library.search(words, k=3):
        print(f"[{hit.rank}] 《{hit.article.title}》 {hit.text[:40]}…")
