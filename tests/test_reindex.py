"""python -m index.reindex as a person or a script meets it: its report, its exit codes, and every bad input."""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from index.language import use_language
from index.reading.ocr import can_recognize
from index.records import Problem, stored_name
from index.store.database import connect
from index.updating import reindex, remove

ROOT = Path(__file__).parents[1]
NONE_DELETED = {"passages": 0, "terms": 0, "vectors": 0}
KEYS = [
    "added",
    "changed",
    "removed",
    "unchanged",
    "duplicates",
    "unreadable",
    "articles",
    "passages",
    "generation",
    "seconds",
    "deleted",
    "sample_removed",
]
UNKNOWN = (
    "Files of this kind are not read. "
    "Use txt, md, html, mhtml, pdf, docx, xlsx, xls, ods, pptx, epub, eml, msg, ofd, srt, vtt, jsonl, json, csv, tsv, "
    "xml, zip, gz, xz or bz2; pictures with [ocr]."
)
TEXT = "拓源实业今年的产值达到30亿元以上，比去年翻了一番。"
OTHER = "塞纳威旅居车项目总投资20亿元，预计年底投产。"
HANT = "拓源實業今年的產值達到30億元以上，比去年翻了一番。"


def call(*arguments, cwd, **environment):
    """A run of the command line: (exit code, stdout, stderr)."""
    kept = {name: value for name, value in os.environ.items() if name not in ("ZHIWEN_STORE", "PYTHONPATH")}
    run = subprocess.run(
        [sys.executable, "-m", "index.reindex", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
    )
    return run.returncode, run.stdout, run.stderr


def report(*arguments, cwd, code=0, **environment):
    """The JSON report of a run without its seconds."""
    exit_code, out, err = call(*arguments, "--json", cwd=cwd, **environment)
    assert (exit_code, err, out.count("\n")) == (code, "", 1)
    found = json.loads(out)
    assert list(found) == KEYS
    assert 0 <= found["seconds"] < 60
    del found["seconds"]
    return found


def refused(*arguments, cwd, **environment):
    """The one line that says why nothing was done."""
    code, out, err = call(*arguments, cwd=cwd, **environment)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1, err
    assert err.startswith("zhiwen: ")
    assert "Traceback" not in err
    return err


def state(folder):
    """Every row that a run could change, but not when files were looked at."""
    with closing(connect(folder, write=False)) as database:
        return [
            database.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("settings", "articles", "passages", "edge_lines")
        ]


def everything(folder):
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "b.md").write_text(f"# 旅居车\n\n{OTHER}\n", encoding="utf-8")
    return folder


@pytest.fixture
def kept(corpus, tmp_path):
    assert call("corpus", cwd=tmp_path)[::2] == (0, "")
    return tmp_path / "store"


def test_the_report_of_a_small_folder(corpus, tmp_path):
    (corpus / "c.txt").write_bytes(HANT.encode("big5"))
    lines = (
        json.dumps({"id": "one", "text": "青岚有轨电车一号线全长18.6公里。"}),
        "{不是JSON",
        json.dumps({"text": "云岫县春茶的批发价是每斤420元。"}),
    )
    (corpus / "d.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (corpus / "e.csv").write_text(
        "id,text,date\ncsv1,望潮乡的视讯门诊让候诊时间缩短到40分钟。,2024-05-31\n", encoding="utf-8"
    )
    (corpus / "empty.txt").write_bytes(b"")
    (corpus / "signs.txt").write_text("……！！？\n", encoding="utf-8")
    (corpus / "bytes.txt").write_bytes(random.Random(5).randbytes(4000))
    (corpus / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (corpus / "sub").mkdir()
    (corpus / "sub" / "f.TXT").write_text("竹汐市智慧校园项目的全部经费是4860万元。", encoding="utf-8")
    (corpus / ".hidden.txt").write_text("藏起来的文件不读。", encoding="utf-8")
    unreadable = [
        {
            "path": str(corpus / "bytes.txt"),
            "reason": "The file is not text in UTF-8, GB18030 or Big5. Save it as UTF-8 text, or leave it out.",
            "code": "reading.unknown_encoding",
        },
        {
            "path": f"{corpus / 'd.jsonl'}:2",
            "reason": "The row is not JSON (JSONDecodeError).",
            "code": "reading.row_no_json",
        },
        {"path": str(corpus / "empty.txt"), "reason": "The file is empty.", "code": "reading.empty_file"},
        {
            "path": str(corpus / "picture.png"),
            "reason": "The file is no picture, or too damaged to be opened.",
            "code": "reading.no_picture",
        }
        if can_recognize()
        else {
            "path": str(corpus / "picture.png"),
            "reason": "The text of a picture must be recognized (OCR). Run pip install -e '.[ocr]'.",
            "code": "reading.ocr_missing",
        },
        {"path": str(corpus / "signs.txt"), "reason": "It holds no text.", "code": "reading.no_text"},
    ]
    first = {"added": 7, "changed": 0, "removed": 0, "unchanged": 0, "duplicates": 1}
    totals = {
        "unreadable": unreadable,
        "articles": 7,
        "passages": 7,
        "generation": 1,
        "deleted": NONE_DELETED,
        "sample_removed": 0,
    }
    assert report("corpus", cwd=tmp_path, code=1) == first | totals
    again = {"added": 0, "changed": 0, "removed": 0, "unchanged": 7, "duplicates": 1}
    assert report("corpus", cwd=tmp_path, code=1) == again | totals

    (corpus / "a.txt").write_text(TEXT.replace("30", "31"), encoding="utf-8")
    (corpus / "b.md").unlink()
    (corpus / "d.jsonl").write_text(lines[0] + "\n" + lines[2].replace("420", "430"), encoding="utf-8")
    for name in ("empty.txt", "signs.txt", "bytes.txt", "picture.png"):
        (corpus / name).unlink()
    left = dict.fromkeys(NONE_DELETED, 3)
    # The broken line is gone, so the row after it stands in another line and has another id.
    changed = {"added": 1, "changed": 1, "removed": 2, "unchanged": 4, "duplicates": 0}
    assert report("corpus", cwd=tmp_path) == changed | {
        "unreadable": [],
        "articles": 6,
        "passages": 6,
        "generation": 2,
        "deleted": left,
        "sample_removed": 0,
    }


def test_the_report_in_words(corpus, tmp_path):
    (corpus / "empty.txt").write_bytes(b"")
    code, out, err = call(cwd=tmp_path)
    assert (code, err) == (1, f"zhiwen: {corpus / 'empty.txt'}: The file is empty.\n")
    assert out.startswith(
        "added 2, changed 0, removed 0, unchanged 0 · 2 articles (0 copies of another), 2 passages · generation 1 · "
    )
    assert (tmp_path / "store" / "zhiwen.sqlite").is_file()


def test_the_store_is_where_one_says(corpus, tmp_path):
    assert report("corpus", cwd=tmp_path, ZHIWEN_STORE="elsewhere")["added"] == 2
    assert report("corpus", "--store", "here", cwd=tmp_path, ZHIWEN_STORE="elsewhere")["added"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "elsewhere", "here"]


def test_dry_run_without_a_store_writes_nothing(corpus, tmp_path):
    found = report("corpus", "--dry-run", cwd=tmp_path)
    assert found == dict.fromkeys(KEYS[:-3], 0) | {
        "added": 2,
        "unreadable": [],
        "articles": 2,
        "passages": 2,
        "deleted": NONE_DELETED,
        "sample_removed": 0,
    }
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_dry_run_with_a_store_writes_nothing(corpus, kept, tmp_path):
    before = everything(kept)
    (corpus / "a.txt").unlink()
    (corpus / "b.md").write_text(TEXT, encoding="utf-8")
    (corpus / "c.txt").write_text(HANT, encoding="utf-8")
    code, out, err = call("corpus", "--dry-run", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith(
        "1 would be added, 1 changed, 1 removed, 0 unchanged · 2 articles (1 copies of another), 2 passages · "
        "generation 1 · "
    )
    assert everything(kept) == before
    found = report("corpus", cwd=tmp_path)
    assert [found[key] for key in KEYS[:4]] == [1, 1, 1, 0]


def test_dry_run_of_remove_writes_nothing(corpus, kept, tmp_path):
    before = state(kept)
    found = report("--remove", corpus / "a.txt", "--dry-run", cwd=tmp_path)
    assert (found["removed"], found["articles"]) == (1, 1)
    assert state(kept) == before


def test_remove(corpus, kept, tmp_path):
    found = report("--remove", "corpus/a.txt", cwd=tmp_path)
    assert found == dict.fromkeys(KEYS[:-3], 0) | {
        "removed": 1,
        "unreadable": [],
        "articles": 1,
        "passages": 1,
        "generation": 2,
        "deleted": {"passages": 1, "terms": 1, "vectors": 1},
        "sample_removed": 0,
    }
    assert call("--verify", cwd=tmp_path) == (
        0,
        "1 articles, 1 passages: the database and the search files agree.\n",
        "",
    )
    before = state(kept)
    line = refused("--remove", corpus / "b.md", "corpus/a.txt", cwd=tmp_path)
    assert line.startswith("zhiwen: corpus/a.txt: no article of this id or path in store.  ")
    assert refused("--remove", cwd=tmp_path).startswith("zhiwen: --remove needs the ids or paths of articles.  ")
    assert state(kept) == before


def test_a_member_taken_out_of_a_zip_is_gone_and_remove_takes_the_rest(corpus, tmp_path):
    members = {
        "旧/c.txt": "竹汐市智慧校园项目的全部经费是4860万元。",
        "d.txt": "青岚有轨电车全长18.6公里。",
        "e.txt": "云岫县春茶每斤卖到420元。",
    }

    def pack(*names):
        with zipfile.ZipFile(corpus / "n.zip", "w") as archive:
            for name in names:
                archive.writestr(name, members[name])

    def paths():
        with closing(connect(tmp_path / "store", write=False)) as database:
            return [path for (path,) in database.execute("SELECT path FROM articles ORDER BY path")]

    own = [str(corpus / "a.txt"), str(corpus / "b.md")]
    pack(*members)
    assert report("corpus", cwd=tmp_path)["added"] == 5
    assert paths() == own + [f"{corpus}/n.zip/{name}" for name in ("d.txt", "e.txt", "旧/c.txt")]
    pack("d.txt", "旧/c.txt")
    found = report("corpus", cwd=tmp_path)
    assert [found[key] for key in KEYS[:4]] == [0, 0, 1, 4]
    assert paths() == own + [f"{corpus}/n.zip/{name}" for name in ("d.txt", "旧/c.txt")]
    assert report("--remove", "corpus/n.zip", cwd=tmp_path)["removed"] == 2
    assert paths() == own


def test_verify_and_rebuild(kept, tmp_path):
    agreed = (0, "2 articles, 2 passages: the database and the search files agree.\n", "")
    before = everything(kept)
    assert call("--verify", cwd=tmp_path) == agreed
    assert {name: data for name, data in everything(kept).items() if not name.endswith(("-shm", "-wal"))} == before
    (kept / "vectors-1.faiss").unlink()
    database_file = state(kept)
    assert call("--rebuild", cwd=tmp_path) == agreed
    assert (kept / "vectors-1.faiss").read_bytes() == before["vectors-1.faiss"]
    assert state(kept) == database_file
    shutil.rmtree(kept / "terms")
    told = "zhiwen: store: the search files were not those of generation 1; made again from the store.\n"
    assert call("--verify", cwd=tmp_path) == (*agreed[:2], told)
    assert call("--verify", cwd=tmp_path) == agreed


def test_verify_sees_another_database(kept, tmp_path):
    with closing(connect(kept, write=True)) as database:
        database.execute("UPDATE passages SET id = 77 WHERE id = (SELECT max(id) FROM passages)")
    line = refused("--verify", cwd=tmp_path)
    assert "terms: lacks 1 passages, such as 77; terms: has too many: 1 passages, such as 2; vectors: lacks 1" in line
    assert call("--rebuild", cwd=tmp_path)[0] == 0
    assert call("--verify", cwd=tmp_path)[0] == 0


@pytest.mark.parametrize("option", ["--verify", "--rebuild", "--remove"])
def test_no_store_yet(option, tmp_path):
    assert refused(option, "a", cwd=tmp_path).startswith("zhiwen: store: no store there.  Make one with ")
    assert list(tmp_path.iterdir()) == []


def test_roots_are_left_alone_by_each_other(corpus, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.txt").write_text("竹汐市智慧校园项目的全部经费是4860万元。", encoding="utf-8")
    (tmp_path / "corpus-2").mkdir()
    (tmp_path / "corpus-2" / "d.txt").write_text("青岚有轨电车一号线全长18.6公里。", encoding="utf-8")
    assert report("corpus", "more", "corpus-2", cwd=tmp_path)["added"] == 4
    (corpus / "a.txt").unlink()
    (tmp_path / "more" / "c.txt").unlink()
    (tmp_path / "corpus-2" / "d.txt").unlink()
    found = report("corpus", cwd=tmp_path)
    assert [found[key] for key in (*KEYS[:4], "articles")] == [0, 0, 1, 1, 3]
    assert report("corpus/b.md", cwd=tmp_path)["unchanged"] == 1
    found = report("more", cwd=tmp_path)
    assert [found[key] for key in (*KEYS[:4], "articles")] == [0, 0, 1, 0, 2]


def test_a_file_under_two_roots_is_one_article(corpus, tmp_path):
    assert report("corpus", corpus / "a.txt", "./corpus/../corpus", cwd=tmp_path)["articles"] == 2


def test_a_store_inside_a_root_is_no_article(corpus, tmp_path):
    for again in range(2):
        found = report(".", cwd=tmp_path)
        assert (found["added"], found["unreadable"]) == (2 - 2 * again, [])


def test_a_file_that_became_unreadable_keeps_its_article(corpus, kept, tmp_path):
    before = state(kept)
    (corpus / "a.txt").write_bytes(bytes(range(256)) * 4)
    report_now = report("corpus", cwd=tmp_path, code=1)
    assert (report_now["removed"], report_now["articles"], len(report_now["unreadable"])) == (0, 2, 1)
    assert state(kept) == before


@pytest.mark.parametrize(
    ("name", "full", "emptied"),
    [
        ("b.txt", TEXT, ""),
        ("b.txt", TEXT, " \n"),
        ("b.csv", f"id,text\nx,{TEXT}\n", "id,text\n"),
        ("b.json", json.dumps([{"id": "x", "text": TEXT}]), "[]"),
    ],
)
def test_a_file_that_was_emptied_loses_its_articles(tmp_path, name, full, emptied):
    corpus, store = tmp_path / "corpus", tmp_path / "store"
    corpus.mkdir()
    for text, added, removed, articles in ((full, 1, 0, 1), (emptied, 0, 1, 0), (emptied, 0, 0, 0), (full, 1, 0, 1)):
        (corpus / name).write_text(text, encoding="utf-8")
        counted = reindex(store, [corpus])
        assert (counted.added, counted.removed, counted.articles) == (added, removed, articles)


def test_a_name_that_is_not_utf8_does_not_end_the_run(corpus, tmp_path):
    name = os.fsencode(corpus) + b"/\xd6\xd0\xce\xc4.txt"
    try:
        Path(os.fsdecode(name)).write_text("青岚有轨电车一号线全长18.6公里。", encoding="utf-8")
    except OSError:
        pytest.skip("this file system has only UTF-8 names")
    code, out, err = call("corpus", cwd=tmp_path)
    assert code in (0, 1), err
    assert "Traceback" not in err
    assert out.startswith("added 3," if code == 0 else "added 2,")
    assert call("corpus", "--json", cwd=tmp_path)[0] == code


def test_bad_roots(corpus, tmp_path):
    (tmp_path / "empty").mkdir()
    line = refused("empty", cwd=tmp_path)
    assert line == "zhiwen: empty: No readable files found.  Put texts, web pages, documents or tables there.\n"
    line = refused("corpus", "nowhere", cwd=tmp_path)
    assert line.startswith("zhiwen: nowhere: no such file or folder.  ")
    assert refused(cwd=tmp_path / "empty").startswith("zhiwen: corpus: no such file or folder.  ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "empty"]


def test_a_missing_root_leaves_the_store_alone(kept, tmp_path):
    before = state(kept)
    refused("nowhere", "corpus", cwd=tmp_path)
    assert state(kept) == before


def test_only_bad_files(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.pdfx").write_bytes(b"%PDF-1.7")
    found = report("corpus", cwd=tmp_path, code=1)
    assert (found["articles"], found["passages"], found["unreadable"]) == (
        0,
        0,
        [{"path": str(tmp_path / "corpus" / "a.pdfx"), "reason": UNKNOWN, "code": "reading.kind_not_read"}],
    )
    assert call("--verify", cwd=tmp_path) == (
        0,
        "0 articles, 0 passages: the database and the search files agree.\n",
        "",
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_files_without_permission(corpus, tmp_path):
    (corpus / "a.txt").chmod(0)
    found = report("corpus", cwd=tmp_path, code=1)
    assert found["unreadable"] == [
        {
            "path": str(corpus / "a.txt"),
            "reason": "The file cannot be opened: Permission denied.",
            "code": "reading.cannot_be_opened",
        }
    ]
    assert found["articles"] == 1


def test_a_folder_without_permission_is_reported_and_keeps_its_articles(corpus, tmp_path, monkeypatch):
    closed = corpus / "closed"
    closed.mkdir()
    (closed / "c.txt").write_text("青岚有轨电车一号线全长18.6公里。", encoding="utf-8")
    assert reindex(tmp_path / "store", [corpus]).articles == 3
    scandir = os.scandir

    def guarded(path="."):
        # Root may enter every folder, so that it is closed is only said.
        if not isinstance(path, int) and Path(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = reindex(tmp_path / "store", [corpus])
    assert (found.removed, found.articles) == (0, 3)
    assert [problem.path for problem in found.unreadable] == [str(closed)]


@pytest.mark.parametrize("place", ["corpus/a.txt", "corpus/a.txt/store"])
def test_a_store_that_cannot_be_made(place, corpus, tmp_path):
    before = everything(tmp_path)
    line = refused("corpus", "--store", place, cwd=tmp_path)
    assert line.startswith(f"zhiwen: {place}: cannot be made (")
    assert line.endswith("  Name another place with --store.\n")
    assert everything(tmp_path) == before


def test_a_report_keeps_codes_and_is_written_in_the_language_of_its_reader(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("山岚书院藏书十二万册，每年修复三百册。", encoding="utf-8")
    (corpus / "b.txt").write_bytes(b"")
    with use_language("zh"):
        report = reindex(tmp_path / "store", [corpus])
    path = stored_name(corpus / "b.txt")
    assert report.unreadable == [Problem.of(path, "reading.empty_file")]
    for spoken, reason in (("en", "The file is empty."), ("zh", "这是空文件。")):
        with use_language(spoken):
            written = report.as_json()
        assert written["unreadable"] == [{"path": path, "reason": reason, "code": "reading.empty_file"}]
        assert list(written) == [field.name for field in fields(report)]


@pytest.mark.parametrize(
    "url", ["ftp://localhost", "http://", "milvus://host/a/b", "http://host:port", "http://host/?x=1"]
)
def test_a_url_that_is_no_server_s(url, corpus, tmp_path):
    assert "--store" in refused("corpus", "--store", url, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_a_store_that_is_no_store(corpus, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "zhiwen.sqlite").write_text("不是数据库" * 500, encoding="utf-8")
    for arguments in (["corpus"], ["--verify"], ["--rebuild"], ["--remove", "a"]):
        line = refused(*arguments, cwd=tmp_path)
        assert line.startswith("zhiwen: store/zhiwen.sqlite: damaged or not a store (file is not a database).  ")


def test_a_model_that_is_not_there(kept, tmp_path):
    """Loads torch: about six seconds."""
    before = everything(kept)
    line = refused("corpus", "--model", "./no-such-model", cwd=tmp_path, HF_HUB_OFFLINE="1")
    assert line.startswith("zhiwen: ./no-such-model: no such model folder.")
    assert everything(kept) == before


def test_unknown_options_are_the_users_error(tmp_path):
    code, out, err = call("--no-such-option", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def _chinese(size, seed=3):
    """About `size` bytes of sentences that are all different."""
    dice = random.Random(seed)
    words = (
        "拓源实业",
        "产值",
        "达到",
        "青岚市",
        "有轨电车",
        "总投资",
        "今年",
        "比去年",
        "项目",
        "新车间",
        "负责人",
        "增长",
        "面积",
        "茶农",
        "春茶",
    )
    written = 0
    while written < size:
        sentence = (
            "".join(dice.choices(words, k=8))
            + f"{dice.randrange(10**6)}亿元，"
            + "".join(dice.choices(words, k=5))
            + "。"
        )
        if dice.random() < 0.1:
            sentence += "\n"
        written += len(sentence.encode())
        yield sentence


@pytest.mark.parametrize(
    "megabytes",
    [
        1,
        # Measured on two shared cores: 54 to 71 s and 860 MB of memory; the suite of every day has no room for it.
        pytest.param(
            50, marks=pytest.mark.skipif("ZHIWEN_BIG" not in os.environ, reason="takes a minute: set ZHIWEN_BIG=1")
        ),
    ],
)
def test_a_large_file_is_taken_in(megabytes, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "large.txt").write_text("".join(_chinese(megabytes * 1_000_000)), encoding="utf-8")
    begun = time.process_time()
    code, out, err = call("corpus", "--json", cwd=tmp_path)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["added"], found["articles"]) == (1, 1)
    assert found["passages"] > 1000 * megabytes
    assert time.process_time() - begun < 30 + 6 * megabytes
    begun = time.process_time()
    assert json.loads(call("corpus", "--json", cwd=tmp_path)[1])["unchanged"] == 1
    assert time.process_time() - begun < 15


def test_a_file_beyond_reason_is_one_line(tmp_path):
    (tmp_path / "corpus").mkdir()
    with (tmp_path / "corpus" / "huge.txt").open("wb") as file:
        file.truncate(257 * 1024 * 1024)
    found = report("corpus", cwd=tmp_path, code=1)
    assert found["unreadable"] == [
        {
            "path": str(tmp_path / "corpus" / "huge.txt"),
            "reason": "The file is larger than 256 MB. Split it.",
            "code": "reading.too_large",
        }
    ]


@pytest.mark.parametrize("name", [b"r\xff1", b"r\n2", "r\u202e3".encode()])
def test_files_that_vanish_from_a_folder_with_an_odd_name_leave_the_store(name, tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "b.txt").write_text(OTHER, encoding="utf-8")
    assert reindex(tmp_path / "store", [folder]).added == 2
    (folder / "a.txt").unlink()
    assert reindex(tmp_path / "store", [folder]).removed == 1
    assert remove(tmp_path / "store", [str(folder / "b.txt")]).removed == 1


def test_a_store_cannot_have_a_name_that_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert refused("a.txt", "--store", os.fsdecode(b"p\xffq"), cwd=tmp_path).endswith(
        "a name that is not UTF-8.  Name another folder.\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt"]


def test_an_id_that_looks_like_the_second_of_two_is_kept(tmp_path):
    (tmp_path / "corpus").mkdir()
    table = [("a#3", TEXT), ("a", OTHER), ("a", HANT)]
    lines = [json.dumps({"id": own, "text": text}, ensure_ascii=False) for own, text in table]
    (tmp_path / "corpus" / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = reindex(tmp_path / "store", [tmp_path / "corpus"])
    assert (report.added, report.articles) == (3, 3)
    with closing(connect(tmp_path / "store", write=False)) as database:
        assert [row[0] for row in database.execute("SELECT id FROM articles ORDER BY id")] == ["a", "a#3", "a#3#"]


def test_what_is_known_of_an_article_follows_its_file_where_the_text_stays(tmp_path):
    """A member of another name, other bytes for the same text."""
    corpus, store = tmp_path / "corpus", tmp_path / "store"
    corpus.mkdir()

    def stored(folder):
        with closing(connect(folder, write=False)) as database:
            return list(
                database.execute("SELECT id, path, encoding, origins, repairs, damage FROM articles ORDER BY id")
            )

    for member, encoding in (("a.jsonl", "utf-8"), ("b.jsonl", "gb18030")):
        with zipfile.ZipFile(corpus / "n.zip", "w") as archive:
            archive.writestr(member, json.dumps({"id": "x", "text": OTHER}, ensure_ascii=False))
        (corpus / "t.txt").write_bytes(TEXT.encode(encoding))
        reindex(store, [corpus])
        shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        reindex(tmp_path / "fresh", [corpus])
        assert stored(store) == stored(tmp_path / "fresh")
    assert reindex(store, [corpus]).unchanged == 2


_FILES_STAY = "Files were not changed; if they caused what was undone, the next run over them does it again."


def test_a_removal_that_is_undone_and_redone_is_not_said_to_come_back(corpus, kept, tmp_path):
    call("--remove", "corpus/a.txt", cwd=tmp_path)
    for articles in (2, 1):
        assert call("--rollback", cwd=tmp_path)[2] == f"zhiwen: {_FILES_STAY}\n"
        after = report("corpus", cwd=tmp_path)
        assert [after[key] for key in (*KEYS[:3], "articles")] == [0, 0, 0, articles]


def test_rollback_in_words(corpus, kept, tmp_path):
    (corpus / "a.txt").unlink()
    assert call(cwd=tmp_path)[0] == 0
    code, out, err = call("--rollback", cwd=tmp_path)
    assert (code, err) == (0, f"zhiwen: {_FILES_STAY}\n")
    assert out.startswith(
        "added 1, changed 0, removed 0, unchanged 1 · 2 articles (0 copies of another), 2 passages · generation 3 · "
    )
    assert (
        "(old passages deleted: 2; 2 from the term index, 2 from the vector index) · generation 4"
        in call("--remove", "corpus/a.txt", "corpus/b.md", cwd=tmp_path)[1]
    )
    assert "--rollback takes no paths" in refused("--rollback", "corpus", cwd=tmp_path)
    assert "--watch and --dry-run" in refused("--watch", "--dry-run", "corpus", cwd=tmp_path)
