"""Files that could not be read get another chance: after an update, or once a missing program is there."""

from __future__ import annotations

from sqlalchemy import func, select

from catalogue.connection import Sessions
from catalogue.tables import Document, Revision
from ingest.intake import Accepted


def retry_failed(sessions: Sessions, tenant_id: int, code: str | None = None) -> list[Accepted]:
    """Let every document whose newest revision failed be read again from the bytes that were kept.

    `code` narrows it to one reason, like "zeitlimit". Files that came inside others are among them.
    """
    newest = select(func.max(Revision.id)).where(Revision.tenant_id == tenant_id).group_by(Revision.document_id)
    failed = (
        select(Revision, Document.source)
        .join(Document, Document.id == Revision.document_id)
        .where(Revision.id.in_(newest), Revision.state == "failed", Document.deleted_at.is_(None))
        .order_by(Revision.id)
    )
    if code is not None:
        failed = failed.where(Revision.error_code == code)
    with sessions.begin() as session:
        found = session.execute(failed).all()
        for revision, _source in found:
            revision.state, revision.attempts = "pending", 0
        return [Accepted(source, "retried", revision.document_id, revision.id) for revision, source in found]
