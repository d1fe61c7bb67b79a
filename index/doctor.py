"""python -m index.doctor: show what each file holds, and what cleaning would do to it. Writes only the page asked for.

Knows the order of the steps from file to cleaned article, as index.reindex does, and how a person reads the results.
Does not know the store.
"""

from __future__ import annotations

import sys

try:
    import html
    import json
    import os
    from collections import Counter, defaultdict
    from collections.abc import Iterator, Sequence
    from dataclasses import dataclass, replace
    from pathlib import Path
    from typing import TYPE_CHECKING

    from index.errors import UserError, run
    from index.language import Language, language, text
    from index.messages.repairs import MESSAGES as REPAIR_NAMES
    from index.options import OptionParser
    from index.progress import track
    from index.records import one_line, problem_words, shown_path, without_controls
    from index.text.scripts import script
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if TYPE_CHECKING:
    from index.records import Article, Cleaned, Problem

_TABLE_WIDTH = 100  # columns of a terminal; in fewer, nine columns hold a few characters each
_ROWS = 60  # articles in the table for people, and
_PAGES = 500  # before and after in the page: the most damaged ones; JSON has all
_FRAME = frozenset(
    {"navigation", "share", "rights", "editor", "contact", "metadata", "title", "related", "recurring"}
)  # lines every page has
_COLUMNS = ("file", "encoding", "title", "date", "source", "script", "repairs", "boilerplate", "remarks")
_FIELDS = frozenset({"title", "date", "source", "author", "url"})


def repair_name(repair: str, chosen: Language | None = None) -> str:
    """What a repair is called in a language; `chosen` None: the listener's. One that no table holds keeps its name.

    >>> repair_name("lost_characters", "en"), repair_name("none_such", "en")
    ('lost characters', 'none such')
    """
    return text(f"repairs.{repair}", chosen) if repair in REPAIR_NAMES else repair.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Examined:
    """One article, or what could not be read of a file: then only `path`, `encoding` and `problems` are filled in."""

    path: str
    problems: tuple[Problem, ...] = ()
    encoding: str = ""
    article: Article | None = None
    cleaned: Cleaned | None = None
    text: str = ""  # what is left after cleaning
    duplicate_of: str = ""  # the path (and id) of the copy that answers show instead

    @property
    def problem(self) -> str:
        """What is wrong, in the listener's language; "" if nothing is."""
        return problem_words(self.problems)

    @property
    def repairs(self) -> dict[str, int]:
        """What was mended in reading and cleaning, and how often."""
        if self.article is None or self.cleaned is None:
            return {}
        counted = (
            Counter(dict(self.cleaned.repairs))
            + Counter(dict(self.article.repairs))
            + Counter(undecodable=self.article.undecodable)
        )
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
    from index.reading.files import find_files, read_articles, read_bytes
    from index.records import stored_name

    try:
        files = find_files(roots)
    except UserError as error:
        if error.code == "reading.no_such_path":  # its hint speaks of a store
            raise UserError("system.no_such_file", **error.values) from error
        raise
    articles: list[Article] = []
    problems = list(files.closed)
    for path in track(files.files, "progress.reading"):
        try:
            contents = read_articles(path, read_bytes(path))
        except UnreadableFile as error:
            problems.append(error.problem(stored_name(path)))
            continue
        articles += contents.articles
        problems += contents.problems
    examined = _mark_duplicates(list(_cleaned(articles)))
    single = {path for path, count in Counter(article.path for article in articles).items() if count == 1}
    by_path: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    examined = [
        replace(e, problems=tuple(by_path.pop(e.path))) if e.path in single and e.path in by_path else e
        for e in examined
    ]
    examined += [Examined(path, tuple(wrong), _encoding(Path(path))) for path, wrong in by_path.items()]
    return sorted(examined, key=lambda e: e.path)  # stable: the articles of one file in its order


def _encoding(path: Path) -> str:
    """The encoding of a file without an article; "" if it is none, or packed."""
    from index.reading.decoding import decode
    from index.reading.files import read_bytes

    try:
        return decode(read_bytes(path)).encoding if path.is_file() else ""  # reading a pipe would never end
    except Exception:  # a file whose decoding fails is reported already
        return ""


def _cleaned(articles: Sequence[Article]) -> Iterator[Examined]:
    from index.reading.contents import cleaned_article
    from index.text.boilerplate import RECURRING, RECURRING_SENTENCE, SENTENCE, body_key, edge_lines
    from index.text.cleaning import running_text

    bodies: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        for key in edge_lines(article.text):
            bodies[key].add(body_key(article.text))
    recurring = frozenset(
        key
        for key, different in bodies.items()
        if len(different) >= (RECURRING_SENTENCE if key.startswith(SENTENCE) else RECURRING)
    )
    for article in track(articles, "progress.cleaning"):
        cleaned = cleaned_article(article, recurring)
        yield Examined(article.path, (), article.encoding, article, cleaned, running_text(article.text, cleaned))


def _mark_duplicates(examined: list[Examined]) -> list[Examined]:
    """Give each copy the path of the article that an answer shows instead of it."""
    from index.text.cleaning import damage
    from index.text.duplicates import CANDIDATES, are_near_duplicates, bands, comparable_text, duplicate_groups

    words = [comparable_text(e.text) or e.path for e in examined]
    known: dict[int, list[str]] = defaultdict(list)
    pairs: list[tuple[str, str]] = []
    for words_of_one in track(list(dict.fromkeys(words)), "progress.comparing"):
        keys = bands(words_of_one)
        shared = Counter(other for key in keys for other in known[key])
        pairs += [
            (words_of_one, other)
            for other, _ in shared.most_common(CANDIDATES)
            if are_near_duplicates(words_of_one, other)
        ]
        for key in keys:
            known[key].append(words_of_one)
    group_of = duplicate_groups([one for pair in pairs for one in pair], pairs)
    groups: dict[str, list[int]] = defaultdict(list)
    for i, own in enumerate(words):
        groups[group_of.get(own, own)].append(i)

    def rank(i: int) -> tuple[int, str, str]:
        article, cleaned = examined[i].article, examined[i].cleaned
        return (
            (damage(article, cleaned), article.path, article.id)
            if article is not None and cleaned is not None
            else (0, "", "")
        )

    result = list(examined)
    for group in groups.values():
        best = min(group, key=rank)
        kept = examined[best].article
        for i in group:
            if i != best and kept is not None:
                same_file = kept.path == examined[i].path
                result[i] = replace(examined[i], duplicate_of=f"{kept.path}#{kept.id}" if same_file else kept.path)
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
        "ocr": article.recognized if article else None,
    }


def _damaged(examined: Examined) -> tuple[bool, int, int]:
    """By how much an article wants looking at, the most first when sorted."""
    lost = examined.cleaned.digits_lost if examined.cleaned else 0
    return not examined.problem, -lost, -sum(examined.repairs.values())


def _overview(examined: Sequence[Examined]) -> list[tuple[str, str]]:
    """What is true of all the articles together, as labels and values."""
    known = [e for e in examined if e.article is not None]
    copies = sum(bool(e.duplicate_of) for e in known)
    characters = sum(len("".join(e.article.text.split())) for e in known if e.article is not None)
    counts = sum((Counter(e.repairs) for e in known), Counter[str]())
    refused = sum(not all(problem.taken_in for problem in e.problems) for e in examined if e.article is None)
    lost = [e for e in known if e.cleaned and e.cleaned.digits_lost]
    dated = sum(bool(e.article and e.article.date) for e in known)
    longest = sorted((e.longest_paragraph for e in known), reverse=True)[:3]
    none = text("doctor.none")
    values = {
        "articles": text("doctor.articles_value", count=len(known), characters=characters, dated=dated),
        "refused": text("doctor.refused_value", count=refused) if refused else none,
        "encodings": _listed(Counter(e.encoding for e in known)),
        "scripts": _listed(Counter(text(f"doctor.script_{script(e.text)}") for e in known)),
        "repairs": _listed(Counter({repair_name(k): n for k, n in counts.items() if k not in _FRAME})),
        "lost_digits": text(
            "doctor.lost_digits_value",
            articles=len(lost),
            places=sum(e.cleaned.digits_lost for e in lost if e.cleaned),
        )
        if lost
        else none,
        "boilerplate": text(
            "doctor.boilerplate_value",
            share=sum(e.boilerplate for e in known) / characters,
            kinds=_listed(Counter({repair_name(k): n for k, n in counts.items() if k in _FRAME})),
        )
        if characters
        else none,
        "duplicates": text("doctor.duplicates_value", copies=copies, share=copies / len(known)) if known else none,
        "longest": text("doctor.longest_value", lengths=text("doctor.longest_between").join(map(str, longest)))
        if longest
        else none,
    }
    return [(text(f"doctor.{label}"), value) for label, value in values.items()]


def _listed(counts: Counter[str]) -> str:
    """Names with their counts, the highest first."""
    return text("doctor.comma").join(f"{name} {count}" for name, count in counts.most_common()) or text("doctor.none")


def _cells(examined: Examined) -> tuple[str, ...]:
    """One article as a person reads it, a text for each column of the table."""
    article, cleaned = examined.article, examined.cleaned
    name = Path(examined.path).name
    if article is None or cleaned is None:
        return name, examined.encoding, "", "", "", "", "", "", one_line(examined.problem)
    notes = [text("doctor.lost_digits_note", count=cleaned.digits_lost)] if cleaned.digits_lost else []
    notes += [
        f"{repair_name(repair)}×{count}"
        for repair, count in Counter(examined.repairs).most_common()
        if repair not in _FRAME
    ]
    share = f"{examined.boilerplate / max(1, len(''.join(article.text.split()))):.0%}"
    copy = text("doctor.copy_of", name=Path(examined.duplicate_of).name) if examined.duplicate_of else ""
    sure = text("doctor.recognized", sure=article.recognized) if article.recognized is not None else ""
    remarks = text("system.semicolon").join(remark for remark in (one_line(examined.problem), sure, copy) if remark)
    columns = (
        name,
        article.encoding,
        article.title or text("doctor.untitled", start=article.text.strip()[:16]),
        article.date,
        article.source,
    )
    written = text(f"doctor.script_{script(examined.text)}")
    return (*map(one_line, columns), written, text("doctor.comma").join(notes), share, remarks)


def _print(examined: Sequence[Examined]) -> None:
    """The overview and the table for people, on stdout. On a narrow terminal the table becomes a list."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(
        width=None if sys.stdout.isatty() else 120,
        highlight=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",  # None: no bold letters either
    )
    overview = _overview(examined)
    width = max(cell_len(label) for label, _ in overview) + 2
    for label, value in overview:
        space = " " * (width - cell_len(label))
        if language() == "zh":
            space = "\u3000" * (len(space) // 2)  # as wide as a character, in every font
        console.print(Text.assemble((label + space, "bold"), value), soft_wrap=True)
    console.print()
    chosen = sorted(examined, key=_damaged)[:_ROWS] if len(examined) > _ROWS else examined
    headings = [text(f"doctor.column_{name}") for name in _COLUMNS]
    if console.width < _TABLE_WIDTH:
        for one in chosen:
            name, *cells = _cells(one)
            console.print(Text(name, "bold", overflow="fold"))
            for heading, cell in zip(headings[1:], cells, strict=True):
                if cell:
                    console.print(Padding(Text(f"{heading} {cell}", overflow="fold"), (0, 0, 0, 2), expand=False))
    else:
        table = Table(header_style="bold", row_styles=("", "dim"))
        for column, heading in zip(_COLUMNS, headings, strict=True):
            fixed = column in ("date", "encoding", "boilerplate")
            table.add_column(heading, overflow="fold", max_width=36, no_wrap=fixed)
        for one in chosen:
            table.add_row(*(Text(cell) for cell in _cells(one)))
        console.print(table)
    if len(examined) > _ROWS:
        console.print(text("doctor.table_cut", listed=_ROWS, count=len(examined)))


_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.7 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
border-bottom: 1px solid #8885 } td { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .2rem 1rem }
dt { font-weight: bold } dd { margin: 0 } summary { cursor: pointer; padding: .3rem 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr;
gap: 1.5rem } @media (max-width: 45rem) { .pair { grid-template-columns: 1fr } }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
td:nth-child(4), td:nth-child(6) { white-space: nowrap }
.out { background: #f5c6cb99; text-decoration: line-through } .damage { background: #ffe08a99 }
.scroll { overflow-x: auto }
"""


def as_html(examined: Sequence[Examined]) -> str:
    """A page to look at, complete in itself: the overview, all articles, and of each its text before and after."""
    overview = "".join(
        f"<dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>" for label, value in _overview(examined)
    )
    chosen = sorted(examined, key=_damaged)[:_PAGES] if len(examined) > _PAGES else list(examined)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(one)) + "</tr>" for one in chosen
    )
    head = "".join(f"<th>{text(f'doctor.column_{name}')}</th>" for name in _COLUMNS)
    cut = text("doctor.page_cut", listed=_PAGES, count=len(examined))
    note = f"<p>{cut}</p>" if len(examined) > len(chosen) else ""
    return (
        f'<!doctype html><html lang="{language()}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'  # noqa: E501
        f"<title>{text('doctor.page_title')}</title><style>{_STYLE}</style><h1>{text('doctor.page_heading')}</h1><dl>{overview}</dl>{note}"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f"<h2>{text('doctor.before_and_after')}</h2>"
        f'<p><span class="out">{text("doctor.lines_left_out")}</span>　<span class="damage">{text("doctor.damage")}</span></p>'  # noqa: E501
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
            piece = html.escape(without_controls(article.text[begun:i]))
            pieces.append(f'<span class="{kinds[begun]}">{piece}</span>' if kinds[begun] and piece.strip() else piece)
            begun = i
    origins = text("doctor.field_between").join(
        text("doctor.field_value", field=text(f"doctor.field_{name}"), value=value, origin=origin)
        for name, origin in article.origins
        if name in _FIELDS and (value := getattr(article, name))
    )
    return (
        f"<details><summary>{html.escape(one_line(article.title or article.text.strip()[:30]))}</summary><p>{html.escape(one_line(origins))}<br>"  # noqa: E501
        f'{html.escape(one_line(shown_path(article.path)))}</p><div class="pair"><div class="text">{"".join(pieces)}</div>'  # noqa: E501
        f'<div class="text">{html.escape(without_controls(examined.text))}</div></div></details>'
    )


def _parser(prog: str) -> OptionParser:
    parser = OptionParser(prog, text("doctor.description"))
    parser.add_argument("paths", nargs="+", metavar="PATH", help=text("doctor.paths"))
    parser.add_argument("--json", action="store_true", help=text("doctor.json"))
    parser.add_argument("--html", metavar="FILE", type=Path, help=text("doctor.html"))
    return parser


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    options = _parser(prog).parse_args(arguments)
    if "" in options.paths:
        raise UserError("doctor.empty_path")
    examined = examine([Path(path) for path in options.paths])
    if not examined:
        raise UserError("doctor.nothing_readable", paths=", ".join(options.paths))
    if options.html:
        options.html.write_text(as_html(examined), encoding="utf-8", errors="replace")
    if options.json:
        for one in examined:
            sys.stdout.write(json.dumps(as_json(one), ensure_ascii=False) + "\n")
    elif options.html:
        sys.stdout.write(text("doctor.page_written", path=options.html, count=len(examined)) + "\n")
    else:
        _print(examined)
    return 1 if any(one.problem for one in examined) else 0


def main(arguments: Sequence[str] | None = None, prog: str = "python -m index.doctor") -> int:
    """Run the command line, named `prog` in its help, and return the exit code."""
    return run(lambda: _main(arguments, prog))


if __name__ == "__main__":
    sys.exit(main())
