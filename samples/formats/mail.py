"""EML: plain text, with or without a file attached."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import PurePosixPath

from samples.formats.plain import render_body
from samples.source import Source

mimetypes.add_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")
mimetypes.add_type("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx")


def render(source: Source, files: Mapping[str, bytes]) -> bytes:
    """A mail of the head's `von`, `an`, `anhang`; `files` holds what may be attached, by path."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = source.head["von"], source.head["an"]
    message["Subject"] = source.title
    message["Date"] = format_datetime(source.issued)
    message["Message-ID"] = f"<{PurePosixPath(source.files[0]).stem}@kranichsbrueck.example>"
    message.set_content(render_body(source), cte="quoted-printable")
    attachment = source.head.get("anhang")
    if attachment:
        name = PurePosixPath(attachment).name
        main, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").split("/")
        message.add_attachment(files[attachment], maintype=main, subtype=sub, filename=name)
        message.set_boundary("=_kranichsbrueck_1")
    return message.as_bytes()
