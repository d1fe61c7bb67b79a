"""Names and passwords: the file, the command that makes a line of it, guesses, sessions."""

import asyncio
import os
import pty
import re
import subprocess
import sys
import time

import pytest

from index.errors import UserError
from tests.serving import ROOT, is_refused
from web.logins import Logins, TooMany

NAME, PASSWORD = "言小满", "很长的一句 口令!"


@pytest.fixture(scope="module")
def logins(tmp_path_factory):
    """A file with one name, made cheaply."""
    from argon2 import PasswordHasher

    path = tmp_path_factory.mktemp("logins") / "logins"
    path.write_text(f"{NAME}:{PasswordHasher(1, 8, 1).hash(PASSWORD)}\n", encoding="utf-8")
    return path


class _Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def _tries(people, *attempts):
    found = []
    for name, password, address in attempts:
        try:
            found.append(await people.right(name, password, address))
        except TooMany as error:
            found.append(error.seconds)
    return found


def test_guesses_are_counted_by_address_and_forgotten(logins):
    clock = _Clock()
    people = Logins(logins, clock)
    assert asyncio.run(_tries(people, *[(NAME, f"falsch {n}", "a") for n in range(12)])) == [False] * 10 + [301] * 2
    assert asyncio.run(_tries(people, (NAME, PASSWORD, "a"), (NAME, PASSWORD, "b"), (NAME, PASSWORD, "a"))) == [
        301,
        True,
        True,
    ]
    clock.now = 299.0
    assert asyncio.run(_tries(people, ("x", "falsch", "a"))) == [2]
    clock.now = 300.0
    assert asyncio.run(_tries(people, ("x", "falsch", "a"), (NAME, "x" * 2000, "a"))) == [False, False]


def test_a_name_that_is_not_there_takes_as_long(tmp_path):
    from argon2 import PasswordHasher

    path = tmp_path / "logins"
    path.write_text(f"{NAME}:{PasswordHasher(parallelism=1).hash(PASSWORD)}", encoding="utf-8")
    people = Logins(path)
    spent = []
    for name in (NAME, "fremd", NAME, "fremd"):
        begun = time.perf_counter()
        asyncio.run(_tries(people, (name, f"falsch {len(spent)}", "a")))
        spent.append(time.perf_counter() - begun)
    assert min(spent[1::2]) > min(spent[::2]) / 2
    assert min(spent) > 0.01


def test_sessions_end(logins):
    clock = _Clock()
    people = Logins(logins, clock)
    token = people.begin(NAME)
    clock.now = 11 * 3600.0
    assert people.present(token)
    clock.now = 22 * 3600.0  # it was used since
    assert people.present(token)
    clock.now = 34 * 3600.0
    assert not people.present(token)
    other = people.begin(NAME)
    people.end(other)
    assert not people.present(other)
    assert not people.present("")


GOOD = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$0YAyjzLSHYIvbSsVpn6fuw"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no such file or folder"),
        (b"", "names nobody"),
        (b"# nobody\n\n", "names nobody"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b"anna:geheim", "line 1 is not name:hash"),
        (b"anna", "line 1 is not name:hash"),
        (b"# x\nanna:$2b$12$abcdefghijklmnopqrstuu", "line 2 is not name:hash"),
        (f":{GOOD}".encode(), "a name has 1 to 64 characters"),
        (f"{'a' * 65}:{GOOD}".encode(), "a name has 1 to 64 characters"),
        (f"a\u202eb:{GOOD}".encode(), "no invisible character"),
        (f"anna:{GOOD}\nanna:{GOOD}".encode(), "anna has a line already"),
    ],
    ids=str,
)
def test_a_file_of_logins_that_is_wrong(tmp_path, sample_store, text, words):
    path = tmp_path / "logins"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(UserError, match=words) as error:
        Logins(path)
    assert error.value.hint
    if words in ("no such file or folder", "names nobody"):
        is_refused(sample_store, words, "--auth", str(path))


def _typed(words, name=NAME):
    """What --hash-password does with these lines on a terminal: (exit code, what is seen, what stdout is)."""
    master, slave = pty.openpty()
    command = [sys.executable, str(ROOT / "app.py"), "--hash-password", name]
    with subprocess.Popen(
        command, stdin=slave, stdout=subprocess.PIPE, stderr=slave, cwd=ROOT, start_new_session=True
    ) as process:
        os.close(slave)
        seen = b""
        for word in words:
            while not seen.endswith(b": "):
                seen += os.read(master, 1000)
            os.write(master, word.encode() + b"\n")
            seen += b"\n"
        out = process.stdout.read().decode()
        code = process.wait(30)
    while True:
        try:
            more = os.read(master, 1000)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        seen += more
    os.close(master)
    return code, seen.decode(), out


def test_a_line_is_made_without_the_password_being_seen(tmp_path):
    code, seen, line = _typed([PASSWORD, PASSWORD])
    assert code == 0
    assert PASSWORD not in seen + line
    assert re.fullmatch(rf"{NAME}:\$argon2id\$v=19\$\S+\n", line)
    path = tmp_path / "logins"
    path.write_text(line, encoding="utf-8")
    people = Logins(path)
    assert asyncio.run(_tries(people, (NAME, PASSWORD, "a"), (NAME, PASSWORD + "x", "a"))) == [True, False]


@pytest.mark.parametrize(
    ("words", "said"), [(["kurz"], "at least 8 characters"), ([PASSWORD, PASSWORD + "x"], "The two passwords differ")]
)
def test_a_password_that_will_not_do(words, said):
    code, seen, out = _typed(words)
    assert (code, out) == (2, "")
    assert said in seen


def test_a_line_needs_a_terminal_and_a_name():
    for name, words in (("anna", "no terminal"), ("an:na", "no colon"), ("", "1 to 64 characters")):
        command = [sys.executable, str(ROOT / "app.py"), "--hash-password", name]
        ended = subprocess.run(
            command, input=f"{PASSWORD}\n{PASSWORD}\n", capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr


def test_a_closed_standard_input_is_no_terminal():
    line = f"{sys.executable} app.py --hash-password anna <&-"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no terminal" in ended.stderr
