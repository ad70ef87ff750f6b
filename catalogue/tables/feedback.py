"""What people say about what they were shown; never who said it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row


class Feedback(Row):
    """One remark: on a passage that was found, or on a barrier in the pages.

    It holds no name, no address and no time of day: in a small office those would be names.
    """

    __tablename__ = "feedback"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"), index=True)
    day: Mapped[date] = mapped_column(Date)
    subject: Mapped[str] = mapped_column(String(16))
    question: Mapped[str | None] = mapped_column(Text)
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id", ondelete="SET NULL"), index=True)
    chunk_id: Mapped[int | None] = mapped_column(BigId)
    helpful: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(String(32))
    comment: Mapped[str | None] = mapped_column(Text)
