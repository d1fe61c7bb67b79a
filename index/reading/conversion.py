"""Turn files of old kinds into those that are read, by LibreOffice where it is installed.

Knows where LibreOffice is and how long it may take. Does not know what is in the files.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from index.errors import UnreadableFile

_SECONDS = 120
_ONE = threading.Lock()  # two at a time take no less time, and twice the memory
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
# A document may name pictures and sections that lie elsewhere: nothing is fetched for it, and its macros do not run.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" \
oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" \
oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" \
oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse">\
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse">\
<value>1</value></prop></item>
</oor:items>
"""
# How files of these kinds begin: those of old office programs, packages, RTF, and Word before 1997.
_BEGINNINGS = (b"\xd0\xcf\x11\xe0", b"PK\3\4", b"{\\rtf", b"\xdb\xa5", b"\x31\xbe")
_FILTERS = {".docx": "docx", ".pptx": "pptx", ".xlsx": "xlsx"}


@cache
def _program() -> str:
    """Return the path of LibreOffice, "" if it is not installed."""
    on_path = next((path for name in ("soffice", "libreoffice") if (path := shutil.which(name))), "")
    return on_path or next((path for path in _PLACES if Path(path).exists()), "")


def converted(data: bytes, kind: str, wanted: str) -> bytes:
    """Return a file of the kind `kind` as one of the kind `wanted`, such as ".docx".

    LibreOffice works in a folder of its own, which is deleted. Raises UnreadableFile if it is not installed, fails or
    takes too long.
    """
    if not data.startswith((b"{\\rtf",) if kind == ".rtf" else _BEGINNINGS):
        raise UnreadableFile("reading.damaged")  # LibreOffice would take any bytes for a text
    program = _program()
    if not program:
        raise UnreadableFile("reading.needs_libreoffice", suffix=wanted)
    with _ONE, tempfile.TemporaryDirectory(prefix="zhiwen-office-", ignore_cleanup_errors=True) as folder:
        source = Path(folder, f"file{kind}")
        source.write_bytes(data)
        settings = Path(folder, "profile", "user", "registrymodifications.xcu")
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [
            program,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            *("--headless", "--norestore", "--nologo", "--convert-to", _FILTERS[wanted]),
            *("--outdir", folder, str(source)),
        ]
        if not _run(command):
            raise UnreadableFile("reading.conversion_slow", suffix=wanted, count=_SECONDS)
        try:
            return Path(folder, f"file{wanted}").read_bytes()
        except OSError as error:
            raise UnreadableFile("reading.conversion_failed", suffix=wanted) from error


def _run(command: list[str]) -> bool:
    """Run a command, and end it with all that it started when its time is up. Return True if it ended by itself."""
    try:
        process = subprocess.Popen(
            command,
            start_new_session=os.name == "posix",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return True  # nothing was written, which tells
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            with suppress(OSError):
                if os.name == "posix":
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()
    return True
