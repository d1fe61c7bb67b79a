"""Packed files: every member whole and named as a person knows it, and no bomb goes off."""

import bz2
import gzip
import io
import lzma
import random
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.archives import PACKED, Member, unpacked
from index.records import Problem

_READ = (".txt", ".docx", ".jsonl")
_BODY = "青岚河上的新桥昨天通车，桥头的早点摊也跟着热闹起来。".encode()
_OTHER = "湘东区的锂电材料厂上半年产值增长两成。".encode() * 40


def _zip(*members: tuple[str, bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def _raw_names(data: bytes, *pairs: tuple[bytes, bytes]) -> bytes:
    """The zip with names replaced by others of the same length in bytes."""
    for old, new in pairs:
        assert len(old) == len(new)
        assert data.count(old) == 2
        data = data.replace(old, new)
    return data


def _unpacked(name: str, data: bytes, **options):
    return list(unpacked(name, data, _READ, **options))


def _members(items) -> dict[str, bytes]:
    names = [item.name for item in items if isinstance(item, Member)]
    assert len(names) == len(set(names))
    return {item.name: item.data for item in items if isinstance(item, Member)}


def _problems(items) -> list[tuple[str, str]]:
    return [(item.path, item.code) for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("name", ["a.txt", "a.docx", "a.xlsx", "zip", "a.zip.txt", ""])
def test_a_file_that_is_not_named_as_packed_is_itself(name):
    data = _zip(("word/document.xml", _BODY))
    assert _unpacked(name, data) == [Member(name, data)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_of_a_zip_come_in_its_order(method):
    data = _zip(("b/新闻.txt", _BODY), ("a.TXT", _OTHER), ("空.txt", b""), method=method)
    assert _unpacked("news.ZIP", data) == [
        Member("news.ZIP/b/新闻.txt", _BODY),
        Member("news.ZIP/a.TXT", _OTHER),
        Member("news.ZIP/空.txt", b""),
    ]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_a_single_packed_file_loses_its_suffix(suffix, pack):
    assert _unpacked(f"news.jsonl{suffix}", pack(_OTHER)) == [Member("news.jsonl", _OTHER)]
    assert _unpacked(f"news.txt{suffix}", pack(_BODY) + pack(_OTHER)) == [Member("news.txt", _BODY + _OTHER)]
    big = random.Random(1).randbytes(300_000)
    assert _unpacked(f"news.txt{suffix}", pack(big)) == [Member("news.txt", big)]
    assert _unpacked(f"p.jpg{suffix}", pack(_BODY)) == [
        Problem.of(f"p.jpg{suffix}", "reading.archive_kind", suffix=".jpg", count=1)
    ]


def test_archives_inside_archives_are_opened_and_office_files_are_not():
    inner = _zip(("a.txt", _BODY), ("b.txt.gz", gzip.compress(_OTHER)))
    office = _zip(("word/document.xml", b"<x/>"))
    items = _unpacked("n.zip", _zip(("year.zip", inner), ("r.docx", office)))
    assert _members(items) == {"n.zip/year.zip/a.txt": _BODY, "n.zip/year.zip/b.txt": _OTHER, "n.zip/r.docx": office}
    assert not _problems(items)


def test_archives_packed_too_deep_are_told_and_the_rest_is_taken():
    data = _zip(("a.txt", _BODY))
    for _ in range(3):
        data = _zip(("a.txt", _BODY), ("in.zip", data))
    items = _unpacked("n.zip", data)
    assert list(_members(items)) == ["n.zip/a.txt", "n.zip/in.zip/a.txt", "n.zip/in.zip/in.zip/a.txt"]
    assert _problems(items) == [("n.zip/in.zip/in.zip/in.zip", "reading.archive_too_deep")]


def test_a_zip_that_holds_itself_ends():
    # A zip cannot be made to hold itself by the standard library: many levels stand for it.
    data = _zip(("a.txt", _BODY))
    for _ in range(40):
        data = _zip(("in.zip", data))
    assert len(_unpacked("n.zip", data)) == 1


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("data", [b"", b"P", _BODY])
def test_a_file_that_is_not_what_its_name_says_is_a_problem(suffix, data):
    assert _unpacked(f"a{suffix}", data) == [Problem.of(f"a{suffix}", "reading.archive_wrong_name", suffix=suffix)]


def test_kinds_that_are_not_read_are_one_line_each():
    pictures = [(f"p/{n}.jpg", b"x") for n in range(3)]
    data = _zip(*pictures, ("a.txt", _BODY), ("b.PDF", b"x"), ("README", b"x"))
    assert _unpacked("n.zip", data) == [
        Member("n.zip/a.txt", _BODY),
        Problem.of("n.zip", "reading.archive_no_suffix", count=1),
        Problem.of("n.zip", "reading.archive_kind", suffix=".jpg", count=3),
        Problem.of("n.zip", "reading.archive_kind", suffix=".pdf", count=1),
    ]


def test_what_systems_put_beside_files_is_passed_over_in_silence():
    names = (
        "__MACOSX/._a.txt",
        "__MACOSX/a.txt",
        "x/.DS_Store",
        ".hidden.txt",
        ".git/a.txt",
        "x/Thumbs.db",
        "folder.txt/",
    )
    assert _unpacked("n.zip", _zip(*((name, b"") for name in names), ("a.txt", _BODY))) == [
        Member("n.zip/a.txt", _BODY)
    ]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [("gbk", ["新闻/拓源实业.txt", "朱镕基.txt"]), ("big5", ["新聞/竹汐市國小.txt", "學生證內建晶片.txt"])],
)
def test_names_without_the_utf8_flag_are_recovered(encoding, names):
    raw = [name.encode(encoding) for name in names]
    plain = [f"{'abcdefgh'[n]}{'x' * (len(name) - 5)}.txt" for n, name in enumerate(raw)]
    data = _raw_names(
        _zip(*((name, _BODY) for name in plain)), *((p.encode(), r) for p, r in zip(plain, raw, strict=True))
    )
    assert list(_members(_unpacked("n.zip", data))) == [f"n.zip/{name}" for name in names]


def test_a_utf8_name_without_the_flag_is_recovered():
    raw = "新闻.txt".encode()
    data = _raw_names(_zip(("a" * 6 + ".txt", _BODY)), (b"a" * 6 + b".txt", raw))
    assert _unpacked("n.zip", data) == [Member("n.zip/新闻.txt", _BODY)]


@pytest.mark.parametrize(
    ("name", "safe_name"),
    [
        ("../../etc/passwd.txt", r"\x2e\x2e/\x2e\x2e/etc/passwd.txt"),
        ("a/./../b.txt", r"a/\x2e/\x2e\x2e/b.txt"),
        ("/etc/passwd.txt", "etc/passwd.txt"),
        ("C:\\新闻\\a.txt", "C:/新闻/a.txt"),
        ("\\\\host\\share\\a.txt", "host/share/a.txt"),
        ("a\x1b[31m\r\n.txt", r"a\x1b[31m\r\n.txt"),
        ("a\u202etxt.txt", r"a\u202etxt.txt"),
    ],
)
def test_names_that_would_climb_or_colour_are_harmless(name, safe_name):
    assert _unpacked("n.zip", _zip((name, _BODY))) == [Member(f"n.zip/{safe_name}", _BODY)]


def test_a_nul_in_a_name_does_not_hide_its_kind():
    data = _raw_names(
        _zip(("a_exe_b.txt", _BODY), ("a.txtQ.exe", _BODY)),
        (b"a_exe_b.txt", b"a.exe\x00b.txt"),
        (b"a.txtQ.exe", b"a.txt\x00.exe"),
    )
    assert _unpacked("n.zip", data) == [
        Member(r"n.zip/a.exe\x00b.txt", _BODY),
        Problem.of("n.zip", "reading.archive_kind", suffix=".exe", count=1),
    ]


def test_a_name_in_no_encoding_is_shown_byte_by_byte():
    data = _raw_names(_zip(("aQb.txt", _BODY)), (b"aQb.txt", b"a\xffb.txt"))
    assert _unpacked("n.zip", data) == [Member("n.zip/a\\xffb.txt", _BODY)]


def test_members_of_the_same_name_are_told_apart():
    data = _zip(("a.txt", _BODY), ("b.txt", _OTHER)).replace(b"b.txt", b"a.txt")
    assert _members(_unpacked("n.zip", data)) == {"n.zip/a.txt": _BODY, "n.zip/a(2).txt": _OTHER}


def test_encrypted_members_are_told_once_and_the_rest_is_taken():
    data = bytearray(_zip(("a.txt", _BODY), ("b.txt", _OTHER), ("c.txt", _BODY)))
    for name in (b"a.txt", b"c.txt"):
        local, central = data.find(name) - 30, data.rfind(name) - 46
        data[local + 6] |= 1
        data[central + 8] |= 1
    assert _unpacked("n.zip", bytes(data)) == [
        Member("n.zip/b.txt", _OTHER),
        Problem.of("n.zip", "reading.archive_encrypted", count=2),
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_is_not_read_is_told(method):
    data = _zip(("a.txt", _BODY), method=method)
    assert _problems(_unpacked("n.zip", data)) == [("n.zip/a.txt", "reading.archive_method")]


def test_a_program_put_before_a_zip_and_a_comment_after_it_change_nothing():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", _BODY)
        archive.comment = "合订本".encode()
    assert _unpacked("n.zip", b"MZ" + b"\0" * 500 + file.getvalue()) == [Member("n.zip/a.txt", _BODY)]


def test_a_zip_in_the_larger_layout_is_read():
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(zipfile.ZipInfo("a.txt"), "w", force_zip64=True) as member,
    ):
        member.write(_OTHER)
    data = file.getvalue()
    assert _unpacked("n.zip", data) == [Member("n.zip/a.txt", _OTHER)]
    # The same with the larger end record, as writers make it for more than 65,535 members.
    end = data.rfind(b"PK\5\6")
    size, offset = struct.unpack_from("<2I", data, end + 12)
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    small = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert _unpacked("n.zip", data[:end] + record + locator + small) == [Member("n.zip/a.txt", _OTHER)]


_CUT = [Problem.of("n.zip", "reading.archive_damaged")]


def test_a_zip_that_was_cut_off_is_told():
    noise = random.Random(2).randbytes(4000)
    assert _unpacked("n.zip", _zip(("a.txt", _BODY), ("b.txt", noise))[:2000]) == _CUT
    data = _zip(("a.txt", _BODY), ("b.txt", _OTHER))
    assert _unpacked("n.zip", data[: data.find(b"PK\1\2")]) == _CUT
    assert _unpacked("n.zip", data[: data.find(b"PK\5\6")]) == _CUT
    assert _unpacked("out.zip", _zip(("n.zip", data[:-30]), ("a.txt", _BODY))) == [
        Problem.of("out.zip/n.zip", "reading.archive_damaged"),
        Member("out.zip/a.txt", _BODY),
    ]


def test_the_list_of_a_zip_inside_is_not_taken_for_that_of_one_that_was_cut_off():
    inner = _zip(("b.txt", _OTHER))
    data = _zip(("a.txt", _BODY), ("in.zip", inner), method=zipfile.ZIP_STORED)
    assert _unpacked("n.zip", data[: data.find(inner) + len(inner)]) == _CUT


@pytest.mark.parametrize("place", [30, 32])  # of the lengths of what is added to a line, and of its remark
def test_a_line_of_the_list_that_swallows_the_next_is_told(place):
    data = bytearray(_zip(("a.txt", _BODY), ("b.txt", _OTHER)))
    struct.pack_into("<H", data, data.find(b"PK\1\2") + place, 46 + 5)
    assert _unpacked("n.zip", bytes(data)) == _CUT


def test_members_after_a_damaged_one_are_taken():
    data = _zip(("a.txt", _BODY), ("b.txt", _OTHER), method=zipfile.ZIP_STORED).replace(
        "早点摊".encode(), "早点滩".encode()
    )
    assert _unpacked("n.zip", data) == [
        Problem.of("n.zip/a.txt", "reading.damaged"),
        Member("n.zip/b.txt", _OTHER),
    ]


def test_a_damaged_member_gives_what_stands_before():
    noise = random.Random(2).randbytes(100_000)
    data = bytearray(_zip(("a.txt", noise), ("b.txt", _OTHER), method=zipfile.ZIP_STORED))
    data[90_000] ^= 1
    items = _unpacked("n.zip", bytes(data))
    assert len(_members(items)["n.zip/a.txt"]) > 90_000
    assert _members(items)["n.zip/b.txt"] == _OTHER
    assert _problems(items) == [("n.zip/a.txt", "reading.taken_damaged")]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_a_single_file_that_was_cut_off_gives_its_beginning(suffix, pack):
    text = random.Random(3).randbytes(2_000_000)
    items = _unpacked(f"n.txt{suffix}", pack(text)[:1_500_000])
    part = _members(items)["n.txt"]
    assert len(part) > 500_000
    assert text.startswith(part)
    assert _problems(items) == [(f"n.txt{suffix}", "reading.taken_cut_off")]
    items = _unpacked(f"n.txt{suffix}", pack(_BODY) + b"\0" * 512)
    assert items == [Member("n.txt", _BODY)]
    items = _unpacked(f"n.txt{suffix}", pack(_BODY) + b"more")
    assert _members(items) == {"n.txt": _BODY}
    assert len(_problems(items)) == 1


# Bombs. Each unpacks to much more than the limit that the test sets; time and memory are held.


@pytest.fixture
def held():
    tracemalloc.start()
    start = time.thread_time()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.thread_time() - start < 4
    assert peak < 20 << 20


_BOMB = 60 << 20
_TOO_LARGE = "reading.archive_too_large"


def _packed_zeros(pack) -> bytes:
    tracemalloc.stop()
    data = pack(bytes(_BOMB))
    tracemalloc.start()
    return data


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
@pytest.mark.usefixtures("held")
def test_a_single_bomb_is_stopped(suffix, pack):
    assert _unpacked(f"n.txt{suffix}", _packed_zeros(pack), largest=4 << 20) == [
        Problem.of(f"n.txt{suffix}", _TOO_LARGE, size=4)
    ]


@pytest.mark.usefixtures("held")
def test_a_zip_bomb_is_stopped_and_what_came_before_is_kept():
    data = _packed_zeros(lambda zeros: _zip(("a.txt", _BODY), ("b.txt", zeros), ("c.txt", _BODY)))
    assert _unpacked("n.zip", data, largest=4 << 20) == [
        Member("n.zip/a.txt", _BODY),
        Problem.of("n.zip", _TOO_LARGE, size=4),
    ]


@pytest.mark.usefixtures("held")
def test_many_archives_inside_one_share_the_limit():
    inner = _zip(("a.txt", bytes(1 << 20)))
    items = _unpacked("n.zip", _zip(*((f"{n}.zip", inner) for n in range(20))), largest=4 << 20)
    assert len(_members(items)) == 3
    assert _problems(items) == [("n.zip", _TOO_LARGE)]


@pytest.mark.usefixtures("held")
def test_a_member_that_lies_about_its_size_is_stopped_there():
    data = bytearray(_packed_zeros(lambda zeros: _zip(("a.txt", zeros), ("b.txt", _BODY))))
    struct.pack_into("<I", data, data.rfind(b"a.txt") - 46 + 24, 1000)
    items = _unpacked("n.zip", bytes(data), largest=4 << 20)
    assert items == [Problem.of("n.zip/a.txt", "reading.damaged"), Member("n.zip/b.txt", _BODY)]


def _overlapping() -> bytes:
    """A list of 200 members that are all the same packed bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(1 << 20)) + packed.flush()
    head = (
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(bytes(1 << 20)), len(data), 1 << 20, 5, 0)
        + b"a.txt"
        + data
    )
    line = struct.pack(
        "<4s6H3I5H2I",
        b"PK\1\2",
        20,
        20,
        0,
        8,
        0,
        0,
        zlib.crc32(bytes(1 << 20)),
        len(data),
        1 << 20,
        5,
        0,
        0,
        0,
        0,
        0,
        0,
    )
    lines = (line + b"a.txt") * 200
    return head + lines + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 200, 200, len(lines), len(head), 0)


@pytest.mark.usefixtures("held")
def test_members_that_share_their_bytes_share_the_limit():
    # Versions of Python tell of members that lie upon each other, or unpack each.
    items = _unpacked("n.zip", _overlapping(), largest=4 << 20)
    assert len([item for item in items if isinstance(item, Member)]) <= 4
    assert _problems(items)


def test_too_many_members_are_left_out():
    data = _zip(*((f"{n}.txt", b"x") for n in range(10_002)), method=zipfile.ZIP_STORED)
    items = _unpacked("n.zip", data)
    assert len(_members(items)) == 10_000
    assert _problems(items) == [("n.zip", "reading.archive_too_many")]


def test_a_list_without_end_is_not_gone_through():
    line = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    data = line * 100_001 + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(line) * 100_001, 0, 0)
    assert _unpacked("n.zip", data) == [Problem.of("n.zip", "reading.archive_too_many", count="10,000")]


@pytest.mark.parametrize(
    ("suffix", "empty"),
    [(".gz", gzip.compress(b"", mtime=0)), (".xz", lzma.compress(b"")), (".bz2", bz2.compress(b""))],
)
@pytest.mark.usefixtures("held")
def test_a_row_of_empty_files_is_empty_and_ends(suffix, empty):
    assert _unpacked(f"n.txt{suffix}", empty * 10_000) == [Member("n.txt", b"")]


def test_an_xz_file_that_asks_for_much_memory_is_refused(monkeypatch):
    monkeypatch.setattr("index.reading.archives._DICTIONARY", 1 << 20)
    assert _unpacked("n.txt.xz", lzma.compress(_BODY)) == [Problem.of("n.txt.xz", "reading.damaged")]


_WHOLE = {
    ".zip": _zip(("新闻.txt", _BODY), ("in.zip", _zip(("b.txt", _OTHER))), ("c.jsonl", b"{}"), ("d.jpg", b"")),
    ".gz": gzip.compress(_OTHER, mtime=0),
    ".xz": lzma.compress(_OTHER),
    ".bz2": bz2.compress(_OTHER),
}


@given(st.sampled_from(PACKED), st.binary(max_size=300), st.booleans())
def test_any_bytes_are_survived(suffix, data, start):
    for item in _unpacked(f"a.txt{suffix}", _WHOLE[suffix][:6] + data if start else data):
        assert isinstance(item, Member | Problem)


@given(
    st.sampled_from(PACKED),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 2000),
)
def test_any_damage_is_survived_and_none_is_silent(suffix, changes, cut):
    whole = _unpacked(f"a.txt{suffix}", _WHOLE[suffix])
    data = bytearray(_WHOLE[suffix])
    for place, value in changes:
        data[place % len(data)] = value
    items = _unpacked(f"a.txt{suffix}", bytes(data[: len(data) - cut % 100]))
    texts = {item.data for item in whole if isinstance(item, Member)}
    if {item.data for item in items if isinstance(item, Member)} < texts:
        assert len(_problems(items)) >= 1
