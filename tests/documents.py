"""Small files in real formats, made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """One line on a PDF page; `x` and `y` in points from the lower left corner."""

    text: str
    x: float = 70
    y: float = 0
    size: float = 11
    bold: bool = False


def write_pdf(
    path: Path,
    pages: Sequence[Sequence[Text]],
    *,
    title: str = "",
    password: str = "",
    rotation: int = 0,
    drawn: int = 0,
) -> Path:
    """Lines without a `y` are set below each other from the top.

    Units: `rotation` is how the page is shown, `drawn` how the text runs on it, both in degrees.
    """
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(password) if password else None, invariant=1)
    if title:
        canvas.setTitle(title)
    for page in pages:
        canvas.setPageRotation(rotation)
        canvas.translate(400, 400)
        canvas.rotate(drawn)
        canvas.translate(-400, -400)
        below = 780.0
        for line in page:
            below -= 1.35 * line.size
            canvas.setFont("Helvetica-Bold" if line.bold else "Helvetica", line.size)
            canvas.drawString(line.x, line.y or below, line.text)
        canvas.showPage()
    canvas.save()
    return path


def write_form(path: Path, *, filled: bool = True) -> Path:
    """A form with a field, a field of several lines, a choice and two boxes."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), invariant=1)
    canvas.setFont("Helvetica", 11)
    for y, label in ((700, "Name:"), (660, "Grund:"), (580, "Ortsteil:"), (540, "Befreiung"), (520, "Ermäßigung")):
        canvas.drawString(70, y, label)
    form = canvas.acroForm
    form.textfield(name="n", value="Erika Beispiel" if filled else "", x=160, y=695, width=200, height=18)
    reason = "Der Hund wird zur Jagd gehalten.\nEr hilft im Stadtwald." if filled else ""
    form.textfield(name="g", value=reason, x=160, y=620, width=300, height=55, fieldFlags="multiline")
    place = "Mühlfeld" if filled else "-"
    form.choice(name="o", value=place, options=["-", "Mühlfeld", "Altstadt"], x=160, y=575, width=120, height=18)
    form.checkbox(name="b", checked=filled, x=160, y=538, size=12)
    form.checkbox(name="e", checked=False, x=160, y=518, size=12)
    canvas.save()
    return path


def write_image_pdf(path: Path, pages: int = 1) -> Path:
    """A scan: pages with a picture and no text."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), invariant=1)
    for _ in range(pages):
        canvas.drawImage(ImageReader(Image.new("L", (200, 280), 200)), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return path


def write_docx(path: Path, *, title: str = "") -> Path:
    from docx import Document

    document: Any = Document()
    document.core_properties.title = title
    document.add_heading("Dienstanweisung Reisekosten", level=1)
    document.add_heading("Erstattung", level=2)
    document.add_paragraph("Fahrtkosten werden auf Antrag erstattet, wenn die Dienstreise vorher genehmigt wurde.")
    document.add_paragraph("Bahnfahrten zweiter Klasse", style="List Bullet")
    document.add_paragraph("Straßenbahn und Bus", style="List Bullet")
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(
        table.rows, [("Verkehrsmittel", "Satz"), ("Kraftwagen", "0,30 €"), ("Fahrrad", "0,10 €")], strict=True
    ):
        row.cells[0].text, row.cells[1].text = cells
    document.add_paragraph()  # LibreOffice loses a table that ends the document
    document.save(str(path))
    return path


def write_pptx(path: Path) -> Path:
    from pptx import Presentation

    slides: Any = Presentation()
    for title, body in (("Onboarding", "Willkommen"), ("Ihr erster Tag", "Schlüssel\nZugangsdaten")):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    slides.save(str(path))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], *, sheet: str = "Gebühren", formats: Any = None) -> Path:
    """`formats` maps a column's letter to the number format of its cells."""
    from openpyxl import Workbook

    workbook = Workbook()
    page: Any = workbook.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for letter, number_format in (formats or {}).items():
        for cell in page[letter]:
            cell.number_format = number_format
    workbook.save(str(path))
    return path


def write_odt(path: Path, markdown: str) -> Path:
    import pypandoc

    pypandoc.convert_text(markdown, "odt", format="md", outputfile=str(path))
    return path


def write_encrypted_odt(path: Path) -> Path:
    """Only the parts that tell that it is one."""
    manifest = (
        b'<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    )
    path.write_bytes(zip_of({"content.xml": b"\x00", "META-INF/manifest.xml": manifest}))
    return path


def mail(*, html: str = "", attachment: bytes = b"") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Erika Muster <muster@stadt.example>"
    message["To"] = "ordnungsamt@stadt.example"
    message["Subject"] = "AW: Sperrung der Hauptstraße"
    message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0100"
    message.set_content("Guten Tag,\n\ndie Hauptstraße ist am Dienstag wegen der Bauarbeiten gesperrt.\n")
    if html:
        message.add_alternative(html, subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="text", subtype="plain", filename="Umleitung.txt")
    return message


def zip_of(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()
