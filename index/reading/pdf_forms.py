"""Read what is filled in the form of a PDF page, and put each value after its label.

Knows fields and their labels. Does not know how lines become paragraphs: it only marks its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.reading.paragraphs import FILLED
from index.reading.pieces import Grid
from index.reading.tables import Cell

_CHECKED = "☑"
_FIELDS = 5_000  # of the forms on one page
_VALUE = 200_000  # bytes of one field's value


def form_values(page: Any, form: Any) -> list[tuple[str, str]]:
    """Return (label, value) of each form field of a page that is filled in, in the order of the file."""
    import pypdfium2.raw as pdfium

    values: list[tuple[str, str]] = []
    text_page = page.get_textpage()
    try:
        for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _FIELDS)):
            annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
            if not annotation:
                continue
            try:
                if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                    values += _form_value(form, annotation, text_page)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    finally:
        text_page.close()
    return values


def _form_value(form: Any, annotation: Any, text_page: Any) -> list[tuple[str, str]]:
    """Return the label and the value of one field; nothing if it is empty or a button."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind == pdfium.FPDF_FORMFIELD_PUSHBUTTON or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return []
    bottom, top = min(box.bottom, box.top), max(box.bottom, box.top)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not pdfium.FPDFAnnot_IsChecked(form, annotation):
            return []
        after = text_page.get_text_bounded(left=box.right, bottom=bottom, right=box.right + 150, top=top)
        return [("", f"{_CHECKED} {' '.join(after.split()[:1])}".strip())]
    value = " ".join(_wide(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation).split())
    if not value:
        return []
    before = text_page.get_text_bounded(left=0, bottom=bottom, right=box.left + 1, top=top).split()
    names = (pdfium.FPDFAnnot_GetFormFieldAlternateName, pdfium.FPDFAnnot_GetFormFieldName)
    label = before[-1] if before else next((name for read in names if (name := _wide(read, form, annotation))), "")
    return [(label, value)]


def _wide(read: Any, form: Any, annotation: Any) -> str:
    """Return the text that a function of PDFium writes into a buffer as UTF-16."""
    import ctypes

    size = min(read(form, annotation, None, 0), _VALUE)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    read(form, annotation, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def with_values(lines: Sequence[str], values: Sequence[tuple[str, str]]) -> list[str]:
    """Return the lines of a page with the value of each field after its label, or after the lines."""
    lines = list(lines)
    for label, value in values:
        if value.startswith(_CHECKED):  # the label stands after its box
            place = next((i for i, line in enumerate(lines) if line.strip() == value[1:].strip()), len(lines))
            lines[place : place + 1] = [f"{FILLED}{value}{FILLED}"]
            continue
        place = next((i for i, line in enumerate(lines) if label and line.rstrip().endswith(label)), len(lines))
        before = lines[place].rstrip() if place < len(lines) else label
        sign = "" if before.endswith(("：", ":")) or not before else "："
        lines[place : place + 1] = [f"{FILLED}{before}{sign}{value}{FILLED}"]
    return lines


def filled_cells(grid: Grid, values: Sequence[tuple[str, str]]) -> tuple[Grid, list[tuple[str, str]]]:
    """Return a table with each value in the empty cell after the cell of its label, and the values left over."""
    cells = [list(row) for row in grid.cells]
    left: list[tuple[str, str]] = []
    for label, value in values:
        place = next(
            (
                (i, j + 1)
                for i, row in enumerate(cells)
                for j, cell in enumerate(row[:-1])
                if label and cell.text.endswith(label) and not row[j + 1].text
            ),
            None,
        )
        if place is None:
            left.append((label, value))
            continue
        i, j = place
        empty, written = cells[i][j], Cell(value)
        cells = [[written if cell is empty else cell for cell in row] for row in cells]
    return Grid(tuple(map(tuple, cells)), grid.edges, grid.sure), left
