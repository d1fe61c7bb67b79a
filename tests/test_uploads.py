"""What is handed in: where it lies, what is refused, and that a widget takes nothing else."""

import io
import json
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from index.errors import UnreadableFile
from index.reading.files import read_articles
from tests.serving import ROOT
from web.uploads import check_upload, uploads_folder


def test_a_widget_takes_no_file_but_one_handed_in(tmp_path):
    """Gradio copies any file of the machine for whoever names it, once a page is mounted rather than launched."""
    code = """
import json, os, sys
os.environ["GRADIO_TEMP_DIR"] = sys.argv[1]
import gradio as gr
from fastapi import FastAPI
from starlette.testclient import TestClient
from web.uploads import confined
with gr.Blocks(analytics_enabled=False) as page:
    files, shown = gr.File(file_count="multiple"), gr.Textbox()
    files.upload(lambda paths: str(paths), files, shown, api_name="up")
settings = {"ssr_mode": False, "run_history": False, "show_error": False}
application = gr.mount_gradio_app(FastAPI(), confined(page), path="", **settings)
with TestClient(application) as client:
    given = client.post("/gradio_api/upload", files={"files": ("a.txt", b"a")}).json()
    found = []
    for path in [*given, *json.loads(sys.argv[2])]:
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        answer = client.post("/gradio_api/run/up", json={"data": [[file]]})
        found.append(answer.json().get("data"))
print(json.dumps(found))
"""
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    wanted = [
        str(secret),
        "/etc/passwd",
        f"{folder}/../secret.txt",
        "http://127.0.0.1:1/a.txt",
        "https://example.org/a.txt",
        "file:///etc/passwd",
    ]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(folder), json.dumps(wanted)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    first, *others = json.loads(ended.stdout)
    assert first
    assert others == [None] * len(wanted)
    assert "geheim" not in "".join(p.read_text() for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with uploads_folder() as folder:
        yield folder


def test_the_folder_is_private_and_gone_afterwards(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other = tmp_path / "zhiwen-uploads-link"
    (tmp_path / "kept").mkdir()
    other.symlink_to(tmp_path / "kept")
    left = tmp_path / "zhiwen-uploads-left"
    (left / "files").mkdir(parents=True)
    (left / "files" / "a.txt").write_text("von einem Abgebrochenen")
    with uploads_folder() as first, uploads_folder() as second:
        assert not left.exists()
        (first / "a.txt").write_text("x")
        (second / "b.txt").write_text("x")
        with uploads_folder():
            assert (first / "a.txt").exists()  # of those at work nothing is taken
        assert first.parent.stat().st_mode & 0o777 == 0o700
    assert {p.name for p in tmp_path.iterdir()} == {"kept", "zhiwen-uploads-link"}
    assert list((tmp_path / "kept").iterdir()) == []


def _bomb(megabytes):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w") as member:
        for _ in range(megabytes):
            member.write(bytes(1 << 20))
    return packed.getvalue()


PROGRAM = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", PROGRAM, "page.kind_not_read"),
        ("a", b"x", "page.kind_not_read"),
        ("a.txt.exe", b"x", "page.kind_not_read"),
        ("a.txt", PROGRAM, "page.is_windows_program"),
        ("a.md", b"\x7fELF\x02\x01\x01" + bytes(100), "page.is_program"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "page.is_old_office"),
        ("a.html", b"\x89PNG\r\n\x1a\n" + bytes(50), "page.is_picture"),
        ("a.jsonl", b"SQLite format 3\0" + bytes(80), "page.is_database"),
        ("a.txt", zlib.compress(bytes(range(256)) * 99, 1)[:200] + bytes(range(32)) * 9, "page.not_its_kind"),
        ("a.zip", b"Rar!\x1a\x07\0" + bytes(9), "page.is_rar"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + bytes(9), "page.is_old_office"),
        ("a.pdf", "不是".encode(), "page.not_its_kind"),
        ("a.gz", b"PK\x03\x04", "page.is_archive"),
        ("a.png", "不是".encode(), "page.not_its_kind"),
        ("a.tif", PROGRAM, "page.is_windows_program"),
        ("a.txt", b"", "page.empty_upload"),
    ],
    ids=str,
)
def test_a_file_that_is_not_what_its_name_says(folder, name, data, words):
    path = folder / "x"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile) as error:
        check_upload(path, name, folder)
    assert error.value.code == words


@pytest.mark.parametrize("name", ["a.png", "b.JPG", "c.tiff", "d.bmp", "e.webp"])
def test_pictures_may_be_uploaded(folder, name):
    file = io.BytesIO()
    Image.new("RGB", (20, 20)).save(file, Image.registered_extensions()[Path(name).suffix.lower()])
    (folder / "x").write_bytes(file.getvalue())
    check_upload(folder / "x", name, folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["新闻.txt", "a.MD", "../../a.csv", "a.html", "<b>.jsonl"])
def test_text_in_every_encoding_is_check_upload(folder, encoding, name):
    path = folder / "x"
    path.write_bytes("MZ世代的產值，達到30億元。\r\n\t第二段。\f\x1a".encode(encoding))
    check_upload(path, name, folder)


def test_what_does_not_lie_in_the_folder_is_not_check_upload(folder, tmp_path):
    outside = tmp_path / "a.txt"
    outside.write_text("geheim")
    (folder / "link.txt").symlink_to(outside)
    for path in (
        outside,
        folder / "link.txt",
        folder / ".." / ".." / "a.txt",
        folder,
        folder / "fehlt.txt",
        Path("/etc/passwd"),
        Path("a\0.txt"),
    ):
        with pytest.raises(UnreadableFile) as error:
            check_upload(path, "a.txt", folder)
        assert error.value.code == "page.not_received"


def test_a_zip_bomb_is_accepted_and_comes_to_nothing(folder):
    path = folder / "bomb.zip"
    path.write_bytes(_bomb(300))
    assert path.stat().st_size < 1 << 20
    check_upload(path, "bomb.zip", folder)
    tracemalloc.start()
    contents = read_articles(path, path.read_bytes())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert contents.articles == ()
    assert contents.problems[0].code == "reading.archive_too_large"
    assert peak < 600 << 20
