"""Read saved mail (.eml, and Outlook's .msg): its text with subject, sender and date, and the files attached to it.

Knows how mail names senders, subjects and files in any charset. Does not know what is in the attached files.
"""

from __future__ import annotations

import io
import re
import struct
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import Message
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from quopri import decodestring
from typing import Any

from index.errors import UnreadableFile
from index.reading.decoding import decode
from index.reading.rtf import packed_rtf_text
from index.records import Document, escape_controls

_LONGEST = 2000  # characters of a header that are read
PARTS = 2_000  # of one mail
_NAME = 200  # characters of an attached file's name
_BEIJING = timezone(timedelta(hours=8))
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_SHIFTING = re.compile(r"hz|hz-gb-2312|iso-2022-[a-z\d-]{2,9}|utf-7", re.IGNORECASE)  # Chinese in ASCII
_CHARSET = re.compile(r"(?:iso-|windows-|cp|koi8|euc-|shift_|latin)[\w-]{0,20}", re.IGNORECASE)
_PLAIN_SIGN = re.compile(r"[\s\x00-\x1f\x7f/\\]+")
_KINDS = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "message/rfc822": ".eml",
    "application/zip": ".zip",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file. Its name is for display: never open it as a path."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: its text, None if it only carries files, and these files."""

    document: Document | None
    attachments: tuple[Attachment, ...]
    cut: bool = False  # True if it has more parts than are read
    is_without_text: bool = False  # True if its text could not be read, though it has one


def read_eml(data: bytes, to_text: Callable[[str], str]) -> Mail:
    """Read a mail as the internet sends it; `to_text` turns HTML into text.

    Raises UnreadableFile if it is encrypted or holds nothing.
    """
    try:
        message = message_from_bytes(data, policy=policy.compat32)
    except RecursionError as error:  # parts inside parts, thousands deep
        raise UnreadableFile("reading.damaged") from error
    parts = _parts(message)
    plain: list[str] = []
    html: list[str] = []
    attachments: list[Attachment] = []
    encrypted = False
    for part in parts[:PARTS]:
        kind = part.get_content_type()
        name = _file_name(part)
        encrypted |= kind in ("application/pkcs7-mime", "application/x-pkcs7-mime") or "encrypted" in kind
        if kind == "message/rfc822":
            inner = part.get_payload()
            whole = inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], Message) else b""
            attachments.append(Attachment(name or f"{len(attachments) + 1}.eml", whole))
            continue
        payload = _payload(part)
        attached = name or (part.get_content_disposition() == "attachment")
        if not attached and kind in ("text/plain", "text/html"):
            if text := _text(payload, part.get_content_charset()):
                (plain if kind == "text/plain" else html).append(text)
        elif attached and not (kind.startswith("image/") and part.get("Content-ID")):  # a picture inside the text
            name = name or f"{len(attachments) + 1}{_KINDS.get(kind, '')}"
            attachments.append(Attachment(name, payload))
    text = "\n".join(plain).strip() or "\n".join(map(to_text, html)).strip()
    if encrypted and not text:
        raise UnreadableFile("reading.encrypted")
    sender = parseaddr(_header(message, "from"))
    mail = _mail(text, _header(message, "subject"), sender[0] or sender[1], _day(_header(message, "date")), attachments)
    return replace(mail, cut=len(parts) > PARTS)


def _mail(text: str, subject: str, sender: str, day: str, attachments: list[Attachment]) -> Mail:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not any(map(str.isalnum, text)):
        if not attachments:
            raise UnreadableFile("reading.no_text")
        return Mail(None, tuple(attachments))
    fields = {"title": " ".join(subject.split()), "author": " ".join(sender.split()), "date": day}
    origins = tuple(sorted((field, "mail header") for field, value in fields.items() if value))
    document = Document(text, "mail", title=fields["title"], date=day, author=fields["author"], origins=origins)
    return Mail(document, tuple(attachments))


def _parts(message: Message) -> list[Message]:
    """Return the parts of a mail that are no containers; those of a mail inside belong to that mail."""
    results: list[Message] = []
    waiting = [message]
    while waiting and len(results) <= PARTS:
        part = waiting.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and part.get_content_type() != "message/rfc822":
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]
        else:
            results.append(part)
    return results


def _payload(part: Message) -> bytes:
    with suppress(ValueError, LookupError):
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    return b""


def _text(payload: bytes, charset: str | None) -> str:
    """Return the text of a part; its charset is only asked where the bytes do not tell."""
    if not payload.strip():
        return ""
    charset = charset or ""
    if payload.isascii() and _SHIFTING.fullmatch(charset):
        with suppress(LookupError, ValueError):
            return payload.decode(charset)
    try:
        return decode(payload).text
    except UnreadableFile:
        with suppress(LookupError, ValueError):
            return payload.decode(charset if _CHARSET.fullmatch(charset) else "ascii")
        return ""


def _header(message: Message, name: str) -> str:
    """Return a header's text, whichever charset it was written in, also without saying which."""
    raw = next((value for own, value in message.raw_items() if own.lower() == name), "")
    return _words(str(raw)[:_LONGEST])


def _words(raw: str) -> str:
    """Return a header with its encoded words decoded: `=?utf-8?B?5rC0?=` is 水.

    Neighbouring words of one charset are decoded together, since programs cut characters in two between them.
    """
    raw = re.sub(r"\?=\s+=\?", "?==?", raw)
    pieces: list[str] = []
    charset, data, place = "", b"", 0
    for match in _WORD.finditer(raw):
        if match.start() > place or match[1].lower() != charset:
            pieces += [_decoded(data, charset), _raw(raw[place : match.start()])]
            data = b""
        charset, place = match[1].lower(), match.end()
        data += _word(match[3], match[2])
    pieces += [_decoded(data, charset), _raw(raw[place:])]
    return " ".join(escape_controls(re.sub(r"[\r\n\t]", " ", "".join(pieces))).split())


def _word(text: str, encoding: str) -> bytes:
    if encoding in "qQ":
        return decodestring(text.replace("_", " ").encode("utf-8", "surrogateescape"))
    plain = re.sub(r"[^A-Za-z0-9+/]", "", text)
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    return b64decode(plain + "=" * (-len(plain) % 4))


def _decoded(data: bytes, charset: str) -> str:
    """Return bytes as text by a charset; the wider one where programs name the narrower, or one that is none."""
    name = charset.partition("*")[0]
    with suppress(LookupError, ValueError):
        return data.decode("gb18030" if name in ("gb2312", "gbk", "x-gbk") else name or "ascii")
    return _raw(data.decode("ascii", "surrogateescape"))


def _raw(text: str) -> str:
    """Return a text whose bytes beyond ASCII were sent as they are, in a charset that nothing names."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _file_name(part: Message) -> str:
    """Return the name of an attached file, "" if it has none."""
    name: Any = None
    with suppress(ValueError, LookupError, AssertionError, UnicodeError):
        name = part.get_filename()
    return safe_name(_words(str(name)[:_LONGEST])) if name else ""


def safe_name(name: str) -> str:
    """Return a file's name without folders and controls, cut in its middle if it is long."""
    last = re.split(r"[/\\]", name.strip())[-1].strip(". ") or "_"
    last = _PLAIN_SIGN.sub(" ", last)
    return last if len(last) <= _NAME else last[: _NAME // 2] + "…" + last[-_NAME // 2 :]


def _day(value: str) -> str:
    """Return the day of a mail's date by the clock of its sender, as ISO; "" if it is none."""
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        return parsedate_to_datetime(value).date().isoformat()
    return ""


# Outlook

_SUBJECT, _SENDER, _ADDRESS, _BODY, _HTML, _RTF = "0037", "0c1a", "0c1f", "1000", "1013", "1009"
_FILE, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _SMTP = "3701", "3707", "3704", "3001", "5d01"
_SENT, _RECEIVED = 0x00390040, 0x0E060040
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def read_msg(data: bytes, to_text: Callable[[str], str]) -> Mail:
    """Read a mail as Outlook saves it; `to_text` turns HTML into text. Raises UnreadableFile if it holds nothing."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            streams = _streams(file)
    except Exception as error:  # what it raises for damage is of every kind
        raise UnreadableFile("reading.damaged") from error
    return _outlook(streams, "", to_text)


def _streams(file: Any) -> dict[str, bytes]:
    """Return the streams of a file by their paths in lower case, at most as many bytes as the file has."""
    streams: dict[str, bytes] = {}
    left = file._filesize
    for path in file.listdir()[: PARTS * 20]:
        with suppress(Exception):  # a damaged stream costs only itself
            content = file.openstream(path).read()
            left -= len(content)
            if left < 0:
                break
            streams["/".join(path).lower()] = content
    return streams


def _outlook(streams: dict[str, bytes], folder: str, to_text: Callable[[str], str]) -> Mail:
    """Read the mail in a folder of streams."""

    def value(number: str, within: str = folder) -> str:
        wide = streams.get(f"{within}__substg1.0_{number}001f")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return _text(streams.get(f"{within}__substg1.0_{number}001e", b"").rstrip(b"\0"), None)

    text = value(_BODY)
    if not text.strip():
        page = streams.get(f"{folder}__substg1.0_{_HTML}0102", b"")
        text = to_text(_text(page, None) or value(_HTML))
    attachments: list[Attachment] = []
    names = {
        match[0]
        for key in streams
        if (match := re.match(re.escape(folder) + r"__attach_version1\.0_#[0-9a-f]{8}/", key))
    }
    for own in sorted(names)[:PARTS]:
        name = safe_name(value(_LONG_NAME, own) or value(_SHORT_NAME, own) or value(_SHOWN_NAME, own))
        inner = f"{own}__substg1.0_{_FILE}000d/"
        if any(key.startswith(inner) for key in streams):
            with suppress(UnreadableFile):  # a mail without text
                attachments += _as_attachments(_outlook(streams, inner, to_text), name)
        elif content := streams.get(f"{own}__substg1.0_{_FILE}0102"):
            attachments.append(Attachment(name, content))
    sender = value(_SENDER) or value(_SMTP) or value(_ADDRESS)
    if not text.strip() and (packed := streams.get(f"{folder}__substg1.0_{_RTF}0102")):
        try:
            text = packed_rtf_text(packed)
        except UnreadableFile:
            if not attachments:
                raise
            return Mail(None, tuple(attachments), is_without_text=True)
    return _mail(
        text.strip(), value(_SUBJECT), sender, _sent(streams.get(f"{folder}__properties_version1.0", b"")), attachments
    )


def _as_attachments(mail: Mail, name: str) -> list[Attachment]:
    """Return a mail inside another as the text that it holds, and its own files."""
    if mail.document is None:
        return list(mail.attachments)
    document = mail.document
    day = f"Date: {format_datetime(datetime.fromisoformat(document.date))}\n" if document.date else ""
    head = f"Subject: {document.title}\nFrom: {document.author}\n{day}"
    kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return [Attachment(f"{name.removesuffix('.msg')}.eml", (head + kind + document.text).encode()), *mail.attachments]


def _sent(properties: bytes) -> str:
    """Return the day on which a mail was sent, by the clock of Beijing; "" if it does not say."""
    days: dict[int, str] = {}
    for start in range(0, len(properties) - 15, 8):
        tag, _, ticks = struct.unpack_from("<IIQ", properties, start)
        if tag in (_SENT, _RECEIVED):
            with suppress(OverflowError):
                days[tag] = (_EPOCH + timedelta(microseconds=ticks // 10)).astimezone(_BEIJING).date().isoformat()
    return days.get(_SENT) or days.get(_RECEIVED, "")
