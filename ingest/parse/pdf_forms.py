"""What was filled into a PDF form: it lies over the page, not in its text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium_c

CHECKED: Final[str] = "☒"
_LINE_SIZE: Final[float] = 11.0
_TEXT_KINDS: Final[frozenset[int]] = frozenset(
    {pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX}
)
_TICK_KINDS: Final[frozenset[int]] = frozenset({pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON})


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One line of a field's content. Units: points from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def filled_fields(page: Any) -> Iterator[FieldLine]:
    """The lines of every field that was filled in, and a mark for every box that was ticked."""
    form = page.formenv
    if form is None:
        return
    for number in range(pdfium_c.FPDFPage_GetAnnotCount(page.raw)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        try:
            if pdfium_c.FPDFAnnot_GetSubtype(annotation) == pdfium_c.FPDF_ANNOT_WIDGET:
                yield from _lines(form.raw, annotation)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _lines(form: Any, annotation: Any) -> Iterator[FieldLine]:
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    text = ""
    if kind in _TEXT_KINDS:
        text = _string(lambda buffer, size: pdfium_c.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
    elif kind in _TICK_KINDS and pdfium_c.FPDFAnnot_IsChecked(form, annotation):
        text = CHECKED
    box = pdfium_c.FS_RECTF()
    if not text.strip() or not pdfium_c.FPDFAnnot_GetRect(annotation, box):
        return
    lines = [" ".join(line.split()) for line in text.replace("\r", "\n").split("\n") if line.strip()]
    height = min(_LINE_SIZE, (box.top - box.bottom) / len(lines)) or _LINE_SIZE
    # A single line stands in the middle of its field, several begin at the top.
    top = (box.top + box.bottom + height) / 2 if len(lines) == 1 else box.top
    for place, line in enumerate(lines):
        upper = top - place * height
        right = min(box.right, box.left + 0.5 * height * len(line))
        yield FieldLine(line, box.left, upper - height, right, upper)


def _string(read: Callable[[Any, int], int]) -> str:
    """A text that pdfium writes into a buffer, after saying how many bytes it needs."""
    size = read(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")
