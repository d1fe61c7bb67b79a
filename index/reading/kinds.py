"""Tell of what kind a file is: by its suffix, and by its contents where these say otherwise.

Knows suffixes, how kinds of files begin, and which streams an old office file holds. Does not know how they are read.
"""

from __future__ import annotations

import io
import re
from types import MappingProxyType

from index.errors import UnreadableFile
from index.reading.archives import PACKED
from index.reading.package import package_kind
from index.reading.pictures import PICTURES

PLAIN, MARKDOWN = frozenset({".txt", ".text"}), frozenset({".md", ".markdown"})
PAGES, ARCHIVED = frozenset({".html", ".htm", ".xhtml", ".shtml"}), frozenset({".mhtml", ".mht"})
FEEDS = frozenset({".xml", ".rss", ".atom", ".rdf"})
JSON, TABLES = frozenset({".jsonl", ".ndjson", ".json"}), frozenset({".csv", ".tsv"})
# Workbooks; .et is that of WPS, which writes the old kind of Excel.
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xls", ".xlt", ".et", ".ods"})
MAIL, SUBTITLES = frozenset({".eml", ".msg"}), frozenset({".srt", ".vtt"})
# Kinds that LibreOffice turns into another one, which is read.
CONVERTED = MappingProxyType(
    {
        **dict.fromkeys((".doc", ".dot", ".wps", ".wpt", ".rtf", ".odt"), ".docx"),
        **dict.fromkeys((".ppt", ".pps", ".dps", ".odp"), ".pptx"),
        ".xlsb": ".xlsx",
    }
)
_ONE = frozenset({".pdf", ".docx", ".docm", ".pptx", ".ppsx", ".pptm", ".epub", ".ofd"})
SUFFIXES = (
    _ONE
    | PICTURES
    | PLAIN
    | MARKDOWN
    | PAGES
    | ARCHIVED
    | FEEDS
    | JSON
    | TABLES
    | WORKBOOKS
    | MAIL
    | SUBTITLES
    | frozenset(CONVERTED)
)
# Other suffixes of one kind.
_SAME = {".docm": ".docx", ".ppsx": ".pptx", ".pptm": ".pptx", ".xlsm": ".xlsx", ".xltx": ".xlsx", ".xlt": ".xls"}
_SAME |= {".et": ".xls", ".dot": ".doc", ".wpt": ".wps", ".pps": ".ppt"}
# Common kinds that are not read, and the advice: (code of the problem, suffix to save the file as).
_INSTEAD = {
    **dict.fromkeys((".rar", ".7z", ".tar", ".tgz"), ("reading.kind_unpack", "")),
    **dict.fromkeys((".pages", ".key", ".numbers"), ("reading.kind_save_as", ".docx")),
    **dict.fromkeys((".mobi", ".azw3", ".azw"), ("reading.kind_save_as", ".epub")),
    ".caj": ("reading.kind_save_as", ".pdf"),
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("encryptedpackage", ""),
    ("__properties_version1.0", ".msg"),
    ("powerpoint document", ".ppt"),
    ("workbook", ".xls"),
    ("book", ".xls"),
    ("worddocument", ".doc"),
)
_PDF = b"%PDF-"
_MAIL_HEAD = re.compile(rb"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", re.IGNORECASE)
_MAIL_FIELD = re.compile(rb"^(?:from|subject|to|received|return-path):", re.IGNORECASE | re.MULTILINE)
_SAVED_PAGE = re.compile(rb"(?i)(?:from|subject|mime-version|snapshot)\S*:")
_PAGE_START = re.compile(rb"(?i)[\s\xef\xbb\xbf]*<(?:!doctype\s+html|html|head|body|\?xml)[\s>]")
_START = 4000  # bytes


def refuse(kind: str) -> UnreadableFile:
    """Return the error of a file whose suffix names a kind that is not read, with what to do instead."""
    code, suffix = _INSTEAD.get(kind, ("reading.kind_not_read", ""))
    return UnreadableFile(code, suffix=suffix) if suffix else UnreadableFile(code)


def contents_kind(suffix: str, data: bytes) -> str:
    """Return the suffix of the kind that a file's contents are of; `suffix` is the one of its name.

    Text keeps the suffix of its name, unless that names another kind: then it is ".txt". Raises UnreadableFile for an
    encrypted office file.
    """
    suffix = _SAME.get(suffix, suffix)
    start = data[:_START]
    if _PDF in start[:1024]:
        return ".pdf"
    if start.startswith(b"PK\3\4"):
        # Of a damaged package the suffix tells more than what is left of it.
        return package_kind(data) or suffix
    if start.startswith(_OLE):
        return _ole_kind(data) or suffix
    if start.lstrip().startswith(b"{\\rtf"):
        return ".rtf"
    if suffix in PAGES | ARCHIVED:
        return ".mhtml" if suffix in ARCHIVED or _SAVED_PAGE.match(data) else suffix
    if suffix in MAIL or (suffix not in TABLES | JSON | FEEDS and is_mail(start)):
        return ".mhtml" if b"snapshot-content-location" in start.lower() else ".eml"
    if suffix in _ONE | WORKBOOKS or suffix in CONVERTED:
        if suffix in WORKBOOKS and _reads_as_text(start):
            return ".export"
        if _PAGE_START.match(start) or (suffix in CONVERTED and _reads_as_text(start)):
            return ".txt"
    return suffix


def is_package(data: bytes) -> bool:
    """Return True if a zip is a document of one program rather than files packed together."""
    return bool(package_kind(data))


def is_mail(start: bytes) -> bool:
    """Return True if bytes begin as a saved mail does: lines of a header with a sender, a subject or the like."""
    match = _MAIL_HEAD.match(start.replace(b"\r\n", b"\n"))
    return match is not None and len(_MAIL_FIELD.findall(match.group())) > 1


def _reads_as_text(start: bytes) -> bool:
    """Return True if bytes are text: UTF-16 has a mark, and no other encoding of Chinese has zeros and controls."""
    controls = sum(start.count(bytes([code])) for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
    return controls * 200 <= len(start) or start.startswith((b"\xff\xfe", b"\xfe\xff"))


def _ole_kind(data: bytes) -> str:
    """Return the suffix of the kind of an old office file, "" if its streams do not tell it."""
    import olefile

    names: set[str] = set()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            names = {entry[0].lower() for entry in file.listdir() if len(entry) == 1}
    except Exception:  # of a damaged file the names of its streams may be left
        names = {name for name, _ in _STREAMS if _wide(name, data)}
    for name, kind in _STREAMS:
        if name in names:
            if not kind:
                raise UnreadableFile("reading.encrypted")
            return kind
    return ""


def _wide(name: str, data: bytes) -> bool:
    pattern = b"".join(re.escape(bytes([byte])) + b"\0" for byte in name.encode("ascii"))
    return re.search(b"(?i)" + pattern + b"\0\0", data) is not None


def is_readable(suffix: str) -> bool:
    """Return True if files with this suffix are read, packed ones too."""
    return suffix in SUFFIXES or suffix in PACKED
