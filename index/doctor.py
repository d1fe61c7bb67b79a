"""python -m index.doctor: what each file holds, and what cleaning would do to it. Writes nothing but the page asked for.

Knows the order of the steps from file to cleaned article, as index.reindex does, and how their results are told to a
person. Does not know the store.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UserError, run
from index.progress import shown
from index.records import harmless, one_line, shown_path

if TYPE_CHECKING:
    from index.records import Article, Cleaned

_ROWS = 60  # articles in the table for people, and
_PAGES = 500  # before and after in the page: the most damaged ones; JSON has all
_FRAME = frozenset({"navigation", "share", "rights", "editor", "contact", "metadata", "title", "related", "recurring"})  # lines every page has
_SCRIPTS = {"simplified": "简体", "traditional": "繁体", "mixed": "简繁混用", "other": "—"}
REPAIRS = {
    "pinyin": "拼音注音", "invisible": "不可见字符", "private_use": "私用区字符", "line_wraps": "硬换行", "markdown": "Markdown 记号",
    "full_width": "全角数字字母", "question_marks": "乱码问号", "double_encoding": "二次编码", "mixed_encodings": "混合编码",
    "lost_characters": "锟斤拷", "undecodable": "坏字节", "navigation": "导航", "share": "分享", "rights": "版权", "editor": "编辑",
    "contact": "热线邮箱", "metadata": "稿头", "title": "标题行", "related": "相关阅读", "recurring": "重复套话",
    "densest_lines": "第二提取器", "page_lines": "页眉页脚", "pages_without_text": "无文字页", "markup": "HTML 标记",
    "table_rows": "补回表格行", "damaged_parts": "受损部分", "whole_page": "整页",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """One article, or what could not be read of a file: then only `path`, `encoding` and `problem` say something."""

    path: str
    problem: str = ""
    encoding: str = ""
    article: Article | None = None
    cleaned: Cleaned | None = None
    text: str = ""  # what is left after cleaning
    duplicate_of: str = ""  # the path (and id) of the copy that is shown in its stead

    @property
    def repairs(self) -> dict[str, int]:
        """What was mended in reading and cleaning, and how often."""
        if self.article is None or self.cleaned is None:
            return {}
        counted = Counter(dict(self.cleaned.repairs)) + Counter(dict(self.article.repairs)) + Counter(undecodable=self.article.undecodable)
        return dict(sorted(counted.items()))

    @property
    def boilerplate(self) -> int:
        """Characters of the original, without white space, in lines that are not running text."""
        if self.article is None or self.cleaned is None:
            return 0
        inside = "".join(self.article.text[block.start : block.end] for block in self.cleaned.blocks)
        return len("".join(self.article.text.split())) - len("".join(inside.split()))

    @property
    def longest_paragraph(self) -> int:
        """Characters."""
        return max(map(len, self.text.split("\n")), default=0)


def examine(roots: Sequence[Path]) -> list[Examined]:
    """Everything under the roots, ordered by path: each article, and each file or row that could not be read."""
    from index.errors import UnreadableFile
    from index.reading import find_files, read_articles, read_bytes
    from index.records import Problem, stored_name

    found = find_files(roots)
    articles: list[Article] = []
    problems = list(found.closed)
    for path in shown(found.files, "reading"):
        try:
            contents = read_articles(path, read_bytes(path))
        except UnreadableFile as error:
            problems.append(Problem(stored_name(path), error.message))
            continue
        articles += contents.articles
        problems += contents.problems
    examined = _told_once(list(_cleaned(articles)))
    single = {path for path, count in Counter(article.path for article in articles).items() if count == 1}
    reasons: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        reasons[problem.path].append(problem.reason)
    examined = [replace(e, problem="; ".join(reasons.pop(e.path))) if e.path in single and e.path in reasons else e for e in examined]
    examined += [Examined(path, "; ".join(why), _encoding(Path(path))) for path, why in reasons.items()]
    return sorted(examined, key=lambda e: e.path)  # stable: the articles of one file in its order


def _encoding(path: Path) -> str:
    """The encoding of a file without an article; "" if it is none, or packed."""
    from index.decoding import decode
    from index.errors import UnreadableFile
    from index.reading import read_bytes

    try:
        return decode(read_bytes(path)).encoding if path.is_file() else ""  # reading a pipe would never end
    except UnreadableFile:
        return ""


def _cleaned(articles: Sequence[Article]) -> Iterator[Examined]:
    from index.cleaning import clean, running_text
    from index.frame import RECURRING, RECURRING_SENTENCE, SENTENCE, body_key, edge_lines
    from index.reading import is_markdown

    bodies: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        for key in edge_lines(article.text):
            bodies[key].add(body_key(article.text))
    recurring = frozenset(
        key for key, different in bodies.items() if len(different) >= (RECURRING_SENTENCE if key.startswith(SENTENCE) else RECURRING)
    )
    for article in shown(articles, "cleaning"):
        cleaned = clean(article.text, title=article.title, markdown=is_markdown(article.path), recurring=recurring)
        yield Examined(article.path, "", article.encoding, article, cleaned, running_text(article.text, cleaned))


def _told_once(examined: list[Examined]) -> list[Examined]:
    """The same, each copy with the path of the one that is shown."""
    from index.cleaning import damage
    from index.stories import CANDIDATES, bands, said, same_story, stories

    words = [said(e.text) or e.path for e in examined]
    known: dict[int, list[str]] = defaultdict(list)
    pairs: list[tuple[str, str]] = []
    for text in shown(list(dict.fromkeys(words)), "comparing"):
        keys = bands(text)
        shared = Counter(other for key in keys for other in known[key])
        pairs += [(text, other) for other, _ in shared.most_common(CANDIDATES) if same_story(text, other)]
        for key in keys:
            known[key].append(text)
    told = stories([text for pair in pairs for text in pair], pairs)
    tellers: dict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(words):
        tellers[told.get(text, text)].append(i)

    def rank(i: int) -> tuple[int, str, str]:
        article, cleaned = examined[i].article, examined[i].cleaned
        return (damage(article, cleaned), article.path, article.id) if article is not None and cleaned is not None else (0, "", "")

    result = list(examined)
    for group in tellers.values():
        best = min(group, key=rank)
        teller = examined[best].article
        for i in group:
            if i != best and teller is not None:
                same_file = teller.path == examined[i].path
                result[i] = replace(examined[i], duplicate_of=f"{teller.path}#{teller.id}" if same_file else teller.path)
    return result


def as_json(examined: Examined) -> dict[str, object]:
    """The documented JSON of one article; of what could not be read the fields are null."""
    article, cleaned = examined.article, examined.cleaned
    known = article is not None and cleaned is not None
    return {
        "path": examined.path,
        "encoding": examined.encoding or None,
        "title": (article.title or None) if article else None,
        "date": (article.date or None) if article else None,
        "source": (article.source or None) if article else None,
        "author": (article.author or None) if article else None,
        "characters": len(article.text) if article else None,
        "text": examined.text if known else None,
        "script": script(examined.text) if known else None,
        "repairs": examined.repairs,
        "digits_lost": cleaned.digits_lost if cleaned else None,
        "boilerplate_characters": examined.boilerplate if known else None,
        "duplicate_of": examined.duplicate_of or None,
        "problem": examined.problem or None,
        "id": article.id if article else None,
        "origins": dict(article.origins) if article else {},
        "longest_paragraph": examined.longest_paragraph if known else None,
    }


def script(text: str) -> str:
    """`simplified`, `traditional`, `mixed`, or `other` for a text without characters that only one of the two has."""
    signs = Counter(text).items()
    simplified = sum(count for sign, count in signs if _only(sign, "gb2312", "big5hkscs"))
    traditional = sum(count for sign, count in signs if _only(sign, "big5", "gb2312"))
    if not simplified + traditional:
        return "other"
    share = traditional / (simplified + traditional)
    return "simplified" if share < 0.1 else "traditional" if share > 0.9 else "mixed"


@lru_cache(maxsize=1 << 16)
def _only(sign: str, one: str, other: str) -> bool:
    """Whether of two character sets only the first has a Chinese character."""
    return "\u4e00" <= sign <= "\u9fff" and bool(sign.encode(one, "ignore")) and not sign.encode(other, "ignore")


def _damaged(examined: Examined) -> tuple[bool, int, int]:
    """By how much an article wants looking at, the most first when sorted."""
    lost = examined.cleaned.digits_lost if examined.cleaned else 0
    return not examined.problem, -lost, -sum(examined.repairs.values())


def _overview(examined: Sequence[Examined]) -> list[tuple[str, str]]:
    """What is true of all the articles together, as labels and values."""
    known = [e for e in examined if e.article is not None]
    copies = sum(bool(e.duplicate_of) for e in known)
    characters = sum(len("".join(e.article.text.split())) for e in known if e.article is not None)
    repairs = sum((Counter(e.repairs) for e in known), Counter[str]())
    named = Counter({REPAIRS.get(name, name): count for name, count in repairs.items() if name not in _FRAME})
    frame = Counter({REPAIRS[name]: count for name, count in repairs.items() if name in _FRAME})
    refused = sum(not e.problem.startswith("taken in") for e in examined if e.article is None)
    lost = [e for e in known if e.cleaned and e.cleaned.digits_lost]
    dated = sum(bool(e.article and e.article.date) for e in known)

    def listed(counts: Counter[str]) -> str:
        return "，".join(f"{name} {count}" for name, count in counts.most_common()) or "无"

    return [
        ("文章", f"{len(known)} 篇，{characters} 字；有日期 {dated} 篇"),
        ("读不了", f"{refused} 处" if refused else "无"),
        ("编码", listed(Counter(e.encoding for e in known))),
        ("字形", listed(Counter(_SCRIPTS[script(e.text)] for e in known))),
        ("修复", listed(named)),
        ("数字缺失", f"{len(lost)} 篇，{sum(e.cleaned.digits_lost for e in lost if e.cleaned)} 处" if lost else "无"),
        ("非正文", f"{sum(e.boilerplate for e in known) / characters:.1%}：{listed(frame)}" if characters else "无"),
        ("同稿", f"{copies} 篇是别篇的副本（{copies / len(known):.2%}）" if known else "无"),
        ("最长段落", "，".join(f"{n} 字" for n in sorted((e.longest_paragraph for e in known), reverse=True)[:3]) or "无"),
    ]


def _cells(examined: Examined) -> tuple[str, ...]:
    """One article as a person reads it, a text for each column of the table."""
    article, cleaned = examined.article, examined.cleaned
    name = Path(examined.path).name
    if article is None or cleaned is None:
        return name, examined.encoding, "", "", "", "", "", "", one_line(examined.problem)
    notes = [f"缺数字×{cleaned.digits_lost}"] if cleaned.digits_lost else []
    notes += [f"{REPAIRS.get(repair, repair)}×{count}" for repair, count in Counter(examined.repairs).most_common() if repair not in _FRAME]
    share = f"{examined.boilerplate / max(1, len(''.join(article.text.split()))):.0%}"
    copy = f"同稿：{Path(examined.duplicate_of).name}" if examined.duplicate_of else ""
    remarks = "；".join(remark for remark in (one_line(examined.problem), copy) if remark)
    columns = (name, article.encoding, article.title or f"（{article.text.strip()[:16]}…）", article.date, article.source)
    return (*map(one_line, columns), _SCRIPTS[script(examined.text)], "，".join(notes), share, remarks)


_FIELDS = {"title": "标题", "date": "日期", "source": "来源", "author": "作者", "url": "网址"}
_COLUMNS = ("文件", "编码", "标题", "日期", "来源", "字形", "修复", "非正文", "备注")


def _print(examined: Sequence[Examined]) -> None:
    """The table for people, on stdout."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    for label, value in _overview(examined):
        console.print(Text.assemble((label.ljust(5, "\u3000"), "bold"), value), soft_wrap=True)
    console.print()
    table = Table(header_style="bold", row_styles=("", "dim"))
    for name in _COLUMNS:
        table.add_column(name, overflow="fold", max_width=36, no_wrap=name in ("日期", "编码", "非正文"))
    chosen = sorted(examined, key=_damaged)[:_ROWS] if len(examined) > _ROWS else examined
    for one in chosen:
        table.add_row(*(Text(cell) for cell in _cells(one)))
    console.print(table)
    if len(examined) > _ROWS:
        console.print(f"只列出最需要看的 {_ROWS} 条，共 {len(examined)} 条；--json 给出全部。")


_STYLE = """
:root { color-scheme: light dark } body { font: 16px/1.7 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
border-bottom: 1px solid #8885 } td { overflow-wrap: anywhere } dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem }
dt { font-weight: bold } dd { margin: 0 } summary { cursor: pointer; padding: .3rem 0 } .pair { display: grid; grid-template-columns: 1fr 1fr;
gap: 1.5rem } @media (max-width: 45rem) { .pair { grid-template-columns: 1fr } } .text { white-space: pre-wrap; overflow-wrap: anywhere }
td:nth-child(4), td:nth-child(6) { white-space: nowrap }
.out { background: #f5c6cb99; text-decoration: line-through } .damage { background: #ffe08a99 } .scroll { overflow-x: auto }
"""


def as_html(examined: Sequence[Examined]) -> str:
    """A page to look at, complete in itself: the overview, all articles, and of each its text before and after."""
    overview = "".join(f"<dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>" for label, value in _overview(examined))
    chosen = sorted(examined, key=_damaged)[:_PAGES] if len(examined) > _PAGES else list(examined)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(one)) + "</tr>" for one in chosen)
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    note = f"<p>只列出最需要看的 {_PAGES} 条，共 {len(examined)} 条。</p>" if len(examined) > len(chosen) else ""
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>知闻：语料体检</title><style>{_STYLE}</style><h1>语料体检</h1><dl>{overview}</dl>{note}"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<h2>清洗前后</h2><p><span class="out">删去的行</span>　<span class="damage">句中的损坏</span></p>'
        f"{''.join(map(_before_and_after, chosen))}</html>\n"
    )


def _before_and_after(examined: Examined) -> str:
    article, cleaned = examined.article, examined.cleaned
    if article is None or cleaned is None:
        return ""
    kinds = ["out"] * len(article.text)
    for spans, kind in ((cleaned.blocks, ""), (cleaned.removed, "damage")):
        for span in spans:
            for i in range(span.start, span.end):
                kinds[i] = kind if kind == "" or kinds[i] == "" else kinds[i]
    pieces, begun = [], 0
    for i in range(1, len(kinds) + 1):
        if i == len(kinds) or kinds[i] != kinds[begun]:
            piece = html.escape(harmless(article.text[begun:i]))
            pieces.append(f'<span class="{kinds[begun]}">{piece}</span>' if kinds[begun] and piece.strip() else piece)
            begun = i
    origins = "　".join(
        f"{_FIELDS[name]}：{value}（{origin}）" for name, origin in article.origins if name in _FIELDS and (value := getattr(article, name))
    )
    return (
        f"<details><summary>{html.escape(one_line(article.title or article.text.strip()[:30]))}</summary><p>{html.escape(one_line(origins))}<br>"
        f'{html.escape(one_line(shown_path(article.path)))}</p><div class="pair"><div class="text">{"".join(pieces)}</div>'
        f'<div class="text">{html.escape(harmless(examined.text))}</div></div></details>'
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m index.doctor", description="Show what files hold and what cleaning would do to them; the store is not touched."
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders, as for index.reindex")
    parser.add_argument("--json", action="store_true", help="one JSON object per article, with its cleaned text")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page to look at, with every article before and after")
    return parser


def _main(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    if "" in options.paths:
        raise UserError("one of the paths is empty.", "Name files or folders.")
    examined = examine([Path(path) for path in options.paths])
    if not examined:
        raise UserError(f"{', '.join(options.paths)}: nothing in there to read.", "Name files or folders that hold texts, pages or documents.")
    if options.html:
        options.html.write_text(as_html(examined), encoding="utf-8", errors="replace")
    if options.json:
        for one in examined:
            sys.stdout.write(json.dumps(as_json(one), ensure_ascii=False) + "\n")
    elif options.html:
        sys.stdout.write(f"{options.html}: {len(examined)} entries\n")
    else:
        _print(examined)
    return 1 if any(one.problem for one in examined) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; its exit code."""
    return run(lambda: _main(arguments))


if __name__ == "__main__":
    sys.exit(main())
