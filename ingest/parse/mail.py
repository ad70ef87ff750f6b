"""E-mails: sender, recipients and date as the first paragraph, the body, and attachments as files of their own."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from ingest.parse.element import Attachment, Element
from ingest.parse.kinds import damaged, encrypted
from ingest.parse.office import converted, html_source, text_elements
from ingest.parse.source import Source

_REPLY_PREFIX: Final[re.Pattern[str]] = re.compile(
    r"^(?:(?:AW|WG|RE|FW|FWD|Antw|Antwort|Weitergeleitet)\s*:\s*)+", re.IGNORECASE
)
_ENCRYPTED: Final[frozenset[str]] = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_HEADER_FIELDS: Final[tuple[tuple[str, str], ...]] = (("From", "Von"), ("To", "An"), ("Cc", "Kopie"), ("Date", "Datum"))


def read_eml(path: Path) -> Source:
    """Raises: Unreadable (beschaedigt: no header at all; verschluesselt: S/MIME or PGP)."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not any(message.get(field) for field in ("From", "To", "Subject", "Date")):
        raise damaged()
    if message.get_content_type() in _ENCRYPTED and "signed-data" not in str(message.get("Content-Type", "")):
        raise encrypted()
    lines = [f"{german}: {_flat(message.get(name))}" for name, german in _HEADER_FIELDS if message.get(name)]
    elements = [Element("text", "\n".join(lines))] if lines else []
    return Source(
        [*elements, *_body(message)],
        _subject(_flat(message.get("Subject"))),
        modified_at=_date(message.get("Date")),
        attachments=tuple(_attachments(message)),
    )


def _body(message: EmailMessage) -> list[Element]:
    """The HTML part where there is one, for its lists and tables; else the plain text."""
    part = message.get_body(preferencelist=("html", "plain"))
    if part is None:
        return []
    try:
        content = part.get_content()
    except (LookupError, ValueError, KeyError):
        payload = part.get_payload(decode=True)
        content = payload.decode("cp1252", errors="replace") if isinstance(payload, bytes) else ""
    if not isinstance(content, str) or not content.strip():
        return []
    return html_source(content).elements if part.get_content_subtype() == "html" else text_elements(content)


def _attachments(message: EmailMessage) -> list[Attachment]:
    """What cannot be decoded is left out here; the body is readable all the same."""
    found: list[Attachment] = []
    for number, part in enumerate(message.iter_attachments(), 1):
        name = part.get_filename()
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage):
                found.append(Attachment(name or f"{_flat(inner.get('Subject')) or 'Nachricht'}.eml", inner.as_bytes()))
            continue
        payload = part.get_payload(decode=True)
        if name and isinstance(payload, bytes) and payload:
            found.append(Attachment(name, payload))
        elif name:
            found.append(Attachment(name or f"Anhang {number}", b""))
    return found


def read_msg(path: Path) -> Source:
    """Raises: Unreadable (verschluesselt)."""
    from oxmsg import Message
    from unstructured.partition.msg import partition_msg

    message: Any = Message.load(str(path))
    if (
        "SMIME" in str(message.message_class or "").upper()
        and "MULTIPARTSIGNED" not in str(message.message_class).upper()
    ):
        raise encrypted()
    body = converted(partition_msg(filename=str(path), languages=["deu"], process_attachments=False))
    recipients = ", ".join(filter(None, (recipient.email_address for recipient in message.recipients)))
    sent = message.sent_date
    facts = (("Von", message.sender), ("An", recipients), ("Datum", sent and sent.strftime("%d.%m.%Y %H:%M")))
    lines = [f"{label}: {value}" for label, value in facts if value]
    attachments = tuple(
        Attachment(attachment.file_name, attachment.file_bytes)
        for attachment in message.attachments
        if attachment.file_name and attachment.file_bytes
    )
    elements = [Element("text", "\n".join(lines))] if lines else []
    return Source([*elements, *body], _subject(message.subject), modified_at=sent, attachments=attachments)


def _subject(subject: str | None) -> str | None:
    return _REPLY_PREFIX.sub("", subject).strip() if subject else None


def _flat(value: Any) -> str:
    return " ".join(str(value or "").split())


def _date(stated: Any) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(stated))
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
