"""E-mails: sender, recipients and date as the first paragraph, the body, and attachments as files of their own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePath
from typing import Any, Final

from ingest.parse.element import Attachment, Element
from ingest.parse.kinds import SUPPORTED_SUFFIXES, damaged, encrypted
from ingest.parse.office import converted, html_source, text_elements
from ingest.parse.source import Source

_REPLY_PREFIX: Final[re.Pattern[str]] = re.compile(
    r"^(?:(?:AW|WG|RE|FW|FWD|Antw|Antwort|Weitergeleitet)\s*:\s*)+", re.IGNORECASE
)
_ENCRYPTED: Final[frozenset[str]] = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
MAX_NESTING: Final[int] = 10
_TOO_DEEP: Final[str] = (
    f"Mehr als {MAX_NESTING} Nachrichten sind ineinander verschachtelt; die inneren wurden nicht gelesen."
)
_ORNAMENT_BYTES: Final[int] = 30_000
_HEADER_FIELDS: Final[tuple[tuple[str, str], ...]] = (("From", "Von"), ("To", "An"), ("Cc", "Kopie"), ("Date", "Datum"))


def read_eml(path: Path) -> Source:
    """Raises: Unreadable (beschaedigt: no header at all; verschluesselt: S/MIME or PGP)."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if not any(message.get(field) for field in ("From", "To", "Subject", "Date")):
        raise damaged()
    if message.get_content_type() in _ENCRYPTED and "signed-data" not in str(message.get("Content-Type", "")):
        raise encrypted()
    depth = _depth(message)
    found = _attachments(message, with_mails=depth <= MAX_NESTING)
    facts = [(german, _flat(message.get(name))) for name, german in _HEADER_FIELDS]
    return Source(
        [*_facts(facts, found), *_body(message)],
        _subject(_flat(message.get("Subject"))),
        modified_at=_date(message.get("Date")),
        attachments=_worth_reading(found),
        warnings=() if depth <= MAX_NESTING else (_TOO_DEEP,),
    )


def _depth(message: EmailMessage) -> int:
    """How many mails lie inside each other."""
    depth, level = 0, [message]
    while level:
        depth += 1
        level = [inner for outer in level for inner in _inner_mails(outer)]
    return depth


def _inner_mails(message: EmailMessage) -> list[EmailMessage]:
    parts = [part for part in message.iter_attachments() if part.get_content_type() == "message/rfc822"]
    inner = [part.get_payload(0) for part in parts if part.is_multipart()]
    return [mail for mail in inner if isinstance(mail, EmailMessage)]


def _facts(facts: Sequence[tuple[str, str]], attachments: Sequence[Attachment]) -> list[Element]:
    """Who wrote to whom and when, and what was enclosed."""
    lines = [f"{label}: {value}" for label, value in facts if value]
    if attachments:
        lines.append("Anhänge: " + ", ".join(attachment.name for attachment in attachments))
    return [Element("text", "\n".join(lines))] if lines else []


def _worth_reading(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Files that can be read; a small picture is a logo or a signature's ornament."""
    return tuple(item for item in attachments if item.content and not _is_ornament(item) and _is_supported(item))


def _is_supported(item: Attachment) -> bool:
    return PurePath(item.name).suffix.lower() in SUPPORTED_SUFFIXES


def _is_ornament(item: Attachment) -> bool:
    is_picture = PurePath(item.name).suffix.lower() in (".png", ".jpg", ".jpeg", ".tif", ".tiff")
    return is_picture and len(item.content) < _ORNAMENT_BYTES


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


def _attachments(message: EmailMessage, *, with_mails: bool) -> list[Attachment]:
    """What is enclosed; what cannot be decoded comes empty, for the body is readable all the same."""
    found: list[Attachment] = []
    for part in message.iter_attachments():
        name = part.get_filename()
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() and with_mails else None
            if isinstance(inner, EmailMessage):
                found.append(Attachment(f"{_flat(inner.get('Subject')) or 'Nachricht'}.eml", inner.as_bytes()))
        elif name:
            payload = part.get_payload(decode=True)
            found.append(Attachment(name, payload if isinstance(payload, bytes) else b""))
    return found


def read_msg(path: Path) -> Source:
    """Raises: Unreadable (verschluesselt)."""
    from oxmsg import Message
    from unstructured.partition.msg import partition_msg

    message: Any = Message.load(str(path))
    kind = str(message.message_class or "").upper()
    if "SMIME" in kind and "MULTIPARTSIGNED" not in kind:
        raise encrypted()
    body = converted(partition_msg(filename=str(path), languages=["deu"], process_attachments=False))
    found = [Attachment(item.file_name, item.file_bytes or b"") for item in message.attachments if item.file_name]
    sent = message.sent_date
    facts = [
        ("Von", message.sender or ""),
        ("An", ", ".join(filter(None, (recipient.email_address for recipient in message.recipients)))),
        ("Datum", sent.strftime("%d.%m.%Y %H:%M") if sent else ""),
    ]
    return Source(
        [*_facts(facts, found), *body],
        _subject(message.subject),
        modified_at=sent,
        attachments=_worth_reading(found),
    )


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
