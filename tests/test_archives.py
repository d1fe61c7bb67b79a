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

from index.archives import PACKED, Member, unpacked
from index.records import Problem

_READ = (".txt", ".docx", ".jsonl")
_STORY = "青岚河上的新桥昨天通车，桥头的早点摊也跟着热闹起来。".encode()
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


def _members(found) -> dict[str, bytes]:
    names = [item.name for item in found if isinstance(item, Member)]
    assert len(names) == len(set(names))
    return {item.name: item.data for item in found if isinstance(item, Member)}


def _problems(found) -> list[tuple[str, str]]:
    return [(item.path, item.reason) for item in found if isinstance(item, Problem)]


@pytest.mark.parametrize("name", ["a.txt", "a.docx", "a.xlsx", "zip", "a.zip.txt", ""])
def test_a_file_that_is_not_named_as_packed_is_itself(name):
    data = _zip(("word/document.xml", _STORY))
    assert _unpacked(name, data) == [Member(name, data)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_of_a_zip_come_in_its_order(method):
    data = _zip(("b/新闻.txt", _STORY), ("a.TXT", _OTHER), ("空.txt", b""), method=method)
    assert _unpacked("news.ZIP", data) == [Member("news.ZIP/b/新闻.txt", _STORY), Member("news.ZIP/a.TXT", _OTHER), Member("news.ZIP/空.txt", b"")]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_a_single_packed_file_loses_its_suffix(suffix, pack):
    assert _unpacked(f"news.jsonl{suffix}", pack(_OTHER)) == [Member("news.jsonl", _OTHER)]
    assert _unpacked(f"news.txt{suffix}", pack(_STORY) + pack(_OTHER)) == [Member("news.txt", _STORY + _OTHER)]
    big = random.Random(1).randbytes(300_000)
    assert _unpacked(f"news.txt{suffix}", pack(big)) == [Member("news.txt", big)]
    assert _unpacked(f"p.jpg{suffix}", pack(_STORY)) == [Problem(f"p.jpg{suffix}", "1 member of kind .jpg, which is not read")]


def test_archives_inside_archives_are_opened_and_office_files_are_not():
    inner = _zip(("a.txt", _STORY), ("b.txt.gz", gzip.compress(_OTHER)))
    office = _zip(("word/document.xml", b"<x/>"))
    found = _unpacked("n.zip", _zip(("year.zip", inner), ("r.docx", office)))
    assert _members(found) == {"n.zip/year.zip/a.txt": _STORY, "n.zip/year.zip/b.txt": _OTHER, "n.zip/r.docx": office}
    assert not _problems(found)


def test_archives_packed_too_deep_are_told_and_the_rest_is_taken():
    data = _zip(("a.txt", _STORY))
    for _ in range(3):
        data = _zip(("a.txt", _STORY), ("in.zip", data))
    found = _unpacked("n.zip", data)
    assert list(_members(found)) == ["n.zip/a.txt", "n.zip/in.zip/a.txt", "n.zip/in.zip/in.zip/a.txt"]
    assert _problems(found) == [("n.zip/in.zip/in.zip/in.zip", "packed more than 3 times over; unpack it yourself")]


def test_a_zip_that_holds_itself_ends():
    # A zip cannot be made to hold itself by the standard library: many levels stand for it.
    data = _zip(("a.txt", _STORY))
    for _ in range(40):
        data = _zip(("in.zip", data))
    assert len(_unpacked("n.zip", data)) == 1


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("data", [b"", b"P", _STORY])
def test_a_file_that_is_not_what_its_name_says_is_a_problem(suffix, data):
    assert _unpacked(f"a{suffix}", data) == [Problem(f"a{suffix}", f"named {suffix}, but is no {suffix[1:]} file")]


def test_kinds_that_are_not_read_are_one_line_each():
    pictures = [(f"p/{n}.jpg", b"x") for n in range(3)]
    data = _zip(*pictures, ("a.txt", _STORY), ("b.PDF", b"x"), ("README", b"x"))
    assert _unpacked("n.zip", data) == [
        Member("n.zip/a.txt", _STORY),
        Problem("n.zip", "1 member without a suffix, which is not read"),
        Problem("n.zip", "3 members of kind .jpg, which is not read"),
        Problem("n.zip", "1 member of kind .pdf, which is not read"),
    ]


def test_what_systems_put_beside_files_is_passed_over_in_silence():
    names = ("__MACOSX/._a.txt", "__MACOSX/a.txt", "x/.DS_Store", ".hidden.txt", ".git/a.txt", "x/Thumbs.db", "folder.txt/")
    assert _unpacked("n.zip", _zip(*((name, b"") for name in names), ("a.txt", _STORY))) == [Member("n.zip/a.txt", _STORY)]


@pytest.mark.parametrize(
    ("encoding", "names"), [("gbk", ["新闻/拓源实业.txt", "朱镕基.txt"]), ("big5", ["新聞/竹汐市國小.txt", "學生證內建晶片.txt"])]
)
def test_names_without_the_utf8_flag_are_recovered(encoding, names):
    raw = [name.encode(encoding) for name in names]
    plain = [f"{'abcdefgh'[n]}{'x' * (len(name) - 5)}.txt" for n, name in enumerate(raw)]
    data = _raw_names(_zip(*((name, _STORY) for name in plain)), *((p.encode(), r) for p, r in zip(plain, raw, strict=True)))
    assert list(_members(_unpacked("n.zip", data))) == [f"n.zip/{name}" for name in names]


def test_a_utf8_name_without_the_flag_is_recovered():
    raw = "新闻.txt".encode()
    data = _raw_names(_zip(("a" * 6 + ".txt", _STORY)), (b"a" * 6 + b".txt", raw))
    assert _unpacked("n.zip", data) == [Member("n.zip/新闻.txt", _STORY)]


@pytest.mark.parametrize(
    ("name", "shown"),
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
def test_names_that_would_climb_or_colour_are_harmless(name, shown):
    assert _unpacked("n.zip", _zip((name, _STORY))) == [Member(f"n.zip/{shown}", _STORY)]


def test_a_nul_in_a_name_does_not_hide_its_kind():
    data = _raw_names(_zip(("a_exe_b.txt", _STORY), ("a.txtQ.exe", _STORY)), (b"a_exe_b.txt", b"a.exe\x00b.txt"), (b"a.txtQ.exe", b"a.txt\x00.exe"))
    assert _unpacked("n.zip", data) == [Member(r"n.zip/a.exe\x00b.txt", _STORY), Problem("n.zip", "1 member of kind .exe, which is not read")]


def test_a_name_in_no_encoding_is_shown_byte_by_byte():
    data = _raw_names(_zip(("aQb.txt", _STORY)), (b"aQb.txt", b"a\xffb.txt"))
    assert _unpacked("n.zip", data) == [Member("n.zip/a\\xffb.txt", _STORY)]


def test_members_of_the_same_name_are_told_apart():
    data = _zip(("a.txt", _STORY), ("b.txt", _OTHER)).replace(b"b.txt", b"a.txt")
    assert _members(_unpacked("n.zip", data)) == {"n.zip/a.txt": _STORY, "n.zip/a(2).txt": _OTHER}


def test_encrypted_members_are_told_once_and_the_rest_is_taken():
    data = bytearray(_zip(("a.txt", _STORY), ("b.txt", _OTHER), ("c.txt", _STORY)))
    for name in (b"a.txt", b"c.txt"):
        local, central = data.find(name) - 30, data.rfind(name) - 46
        data[local + 6] |= 1
        data[central + 8] |= 1
    assert _unpacked("n.zip", bytes(data)) == [Member("n.zip/b.txt", _OTHER), Problem("n.zip", "2 members are encrypted; unpack it yourself")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_is_not_read_is_told(method):
    data = _zip(("a.txt", _STORY), method=method)
    assert _problems(_unpacked("n.zip", data)) == [("n.zip/a.txt", f"packed by a method that is not read (number {method}); unpack it yourself")]


def test_a_program_put_before_a_zip_and_a_comment_after_it_change_nothing():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", _STORY)
        archive.comment = "合订本".encode()
    assert _unpacked("n.zip", b"MZ" + b"\0" * 500 + file.getvalue()) == [Member("n.zip/a.txt", _STORY)]


def test_a_zip_in_the_larger_layout_is_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(zipfile.ZipInfo("a.txt"), "w", force_zip64=True) as member:
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


_CUT = [Problem("n.zip", "damaged or cut off; unpack it yourself")]


def test_a_zip_that_was_cut_off_is_told():
    noise = random.Random(2).randbytes(4000)
    assert _unpacked("n.zip", _zip(("a.txt", _STORY), ("b.txt", noise))[:2000]) == _CUT
    data = _zip(("a.txt", _STORY), ("b.txt", _OTHER))
    assert _unpacked("n.zip", data[: data.find(b"PK\1\2")]) == _CUT
    assert _unpacked("n.zip", data[: data.find(b"PK\5\6")]) == _CUT
    assert _unpacked("out.zip", _zip(("n.zip", data[:-30]), ("a.txt", _STORY))) == [
        Problem("out.zip/n.zip", "damaged or cut off; unpack it yourself"),
        Member("out.zip/a.txt", _STORY),
    ]


def test_the_list_of_a_zip_inside_is_not_taken_for_that_of_one_that_was_cut_off():
    inner = _zip(("b.txt", _OTHER))
    data = _zip(("a.txt", _STORY), ("in.zip", inner), method=zipfile.ZIP_STORED)
    assert _unpacked("n.zip", data[: data.find(inner) + len(inner)]) == _CUT


@pytest.mark.parametrize("place", [30, 32])  # of the lengths of what is added to a line, and of its remark
def test_a_line_of_the_list_that_swallows_the_next_is_told(place):
    data = bytearray(_zip(("a.txt", _STORY), ("b.txt", _OTHER)))
    struct.pack_into("<H", data, data.find(b"PK\1\2") + place, 46 + 5)
    assert _unpacked("n.zip", bytes(data)) == _CUT


def test_members_after_a_damaged_one_are_taken():
    data = _zip(("a.txt", _STORY), ("b.txt", _OTHER), method=zipfile.ZIP_STORED).replace("早点摊".encode(), "早点滩".encode())
    assert _unpacked("n.zip", data) == [Problem("n.zip/a.txt", "damaged; nothing in it can be read"), Member("n.zip/b.txt", _OTHER)]


def test_a_damaged_member_gives_what_stands_before():
    noise = random.Random(2).randbytes(100_000)
    data = bytearray(_zip(("a.txt", noise), ("b.txt", _OTHER), method=zipfile.ZIP_STORED))
    data[90_000] ^= 1
    found = _unpacked("n.zip", bytes(data))
    assert len(_members(found)["n.zip/a.txt"]) > 90_000
    assert _members(found)["n.zip/b.txt"] == _OTHER
    assert _problems(found) == [("n.zip/a.txt", "damaged; taken in as far as it goes")]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_a_single_file_that_was_cut_off_gives_its_beginning(suffix, pack):
    text = random.Random(3).randbytes(2_000_000)
    found = _unpacked(f"n.txt{suffix}", pack(text)[:1_500_000])
    part = _members(found)["n.txt"]
    assert len(part) > 500_000
    assert text.startswith(part)
    assert _problems(found) == [(f"n.txt{suffix}", "cut off; taken in as far as it goes")]
    found = _unpacked(f"n.txt{suffix}", pack(_STORY) + b"\0" * 512)
    assert found == [Member("n.txt", _STORY)]
    found = _unpacked(f"n.txt{suffix}", pack(_STORY) + b"more")
    assert _members(found) == {"n.txt": _STORY}
    assert len(_problems(found)) == 1


# Bombs. Each unpacks to much more than the limit that the test sets; time and memory are held.


@pytest.fixture
def held():
    tracemalloc.start()
    start = time.monotonic()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - start < 4
    assert peak < 20 << 20


_BOMB = 60 << 20
_TOO_LARGE = "unpacks to more than 4 MB; the rest is left out. Unpack it yourself"


def _packed_zeros(pack) -> bytes:
    tracemalloc.stop()
    data = pack(bytes(_BOMB))
    tracemalloc.start()
    return data


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
@pytest.mark.usefixtures("held")
def test_a_single_bomb_is_stopped(suffix, pack):
    assert _unpacked(f"n.txt{suffix}", _packed_zeros(pack), largest=4 << 20) == [Problem(f"n.txt{suffix}", _TOO_LARGE)]


@pytest.mark.usefixtures("held")
def test_a_zip_bomb_is_stopped_and_what_came_before_is_kept():
    data = _packed_zeros(lambda zeros: _zip(("a.txt", _STORY), ("b.txt", zeros), ("c.txt", _STORY)))
    assert _unpacked("n.zip", data, largest=4 << 20) == [Member("n.zip/a.txt", _STORY), Problem("n.zip", _TOO_LARGE)]


@pytest.mark.usefixtures("held")
def test_many_archives_inside_one_share_the_limit():
    inner = _zip(("a.txt", bytes(1 << 20)))
    found = _unpacked("n.zip", _zip(*((f"{n}.zip", inner) for n in range(20))), largest=4 << 20)
    assert len(_members(found)) == 3
    assert _problems(found) == [("n.zip", _TOO_LARGE)]


@pytest.mark.usefixtures("held")
def test_a_member_that_lies_about_its_size_is_stopped_there():
    data = bytearray(_packed_zeros(lambda zeros: _zip(("a.txt", zeros), ("b.txt", _STORY))))
    struct.pack_into("<I", data, data.rfind(b"a.txt") - 46 + 24, 1000)
    found = _unpacked("n.zip", bytes(data), largest=4 << 20)
    assert found == [Problem("n.zip/a.txt", "damaged; nothing in it can be read"), Member("n.zip/b.txt", _STORY)]


def _overlapping() -> bytes:
    """A list of 200 members that are all the same packed bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(1 << 20)) + packed.flush()
    head = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(bytes(1 << 20)), len(data), 1 << 20, 5, 0) + b"a.txt" + data
    line = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, zlib.crc32(bytes(1 << 20)), len(data), 1 << 20, 5, 0, 0, 0, 0, 0, 0)
    lines = (line + b"a.txt") * 200
    return head + lines + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 200, 200, len(lines), len(head), 0)


@pytest.mark.usefixtures("held")
def test_members_that_share_their_bytes_share_the_limit():
    # Versions of Python tell of members that lie upon each other, or unpack each.
    found = _unpacked("n.zip", _overlapping(), largest=4 << 20)
    assert len([item for item in found if isinstance(item, Member)]) <= 4
    assert _problems(found)


def test_too_many_members_are_left_out():
    data = _zip(*((f"{n}.txt", b"x") for n in range(10_002)), method=zipfile.ZIP_STORED)
    found = _unpacked("n.zip", data)
    assert len(_members(found)) == 10_000
    assert _problems(found) == [("n.zip", "holds more than 10,000 members; the rest is left out. Unpack it yourself")]


def test_a_list_without_end_is_not_gone_through():
    line = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    data = line * 100_001 + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(line) * 100_001, 0, 0)
    assert _unpacked("n.zip", data) == [Problem("n.zip", "holds more than 10,000 members; the rest is left out. Unpack it yourself")]


@pytest.mark.parametrize(("suffix", "empty"), [(".gz", gzip.compress(b"")), (".xz", lzma.compress(b"")), (".bz2", bz2.compress(b""))])
@pytest.mark.usefixtures("held")
def test_a_row_of_empty_files_is_empty_and_ends(suffix, empty):
    assert _unpacked(f"n.txt{suffix}", empty * 10_000) == [Member("n.txt", b"")]


def test_an_xz_file_that_asks_for_much_memory_is_refused(monkeypatch):
    monkeypatch.setattr("index.archives._DICTIONARY", 1 << 20)
    assert _unpacked("n.txt.xz", lzma.compress(_STORY)) == [Problem("n.txt.xz", "damaged; nothing in it can be read")]


_WHOLE = {
    ".zip": _zip(("新闻.txt", _STORY), ("in.zip", _zip(("b.txt", _OTHER))), ("c.jsonl", b"{}"), ("d.jpg", b"")),
    ".gz": gzip.compress(_OTHER, mtime=0),
    ".xz": lzma.compress(_OTHER),
    ".bz2": bz2.compress(_OTHER),
}


@given(st.sampled_from(PACKED), st.binary(max_size=300), st.booleans())
def test_any_bytes_are_survived(suffix, data, start):
    for item in _unpacked(f"a.txt{suffix}", _WHOLE[suffix][:6] + data if start else data):
        assert isinstance(item, Member | Problem)


@given(st.sampled_from(PACKED), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 2000))
def test_any_damage_is_survived_and_none_is_silent(suffix, changes, cut):
    whole = _unpacked(f"a.txt{suffix}", _WHOLE[suffix])
    data = bytearray(_WHOLE[suffix])
    for place, value in changes:
        data[place % len(data)] = value
    found = _unpacked(f"a.txt{suffix}", bytes(data[: len(data) - cut % 100]))
    texts = {item.data for item in whole if isinstance(item, Member)}
    if {item.data for item in found if isinstance(item, Member)} < texts:
        assert len(_problems(found)) >= 1
