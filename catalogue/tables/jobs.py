"""What administrators have set going, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row, now

JobKind = Literal["reindex", "repair"]
JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
JobStep = Literal["reading", "building", "checking"]
OPEN: tuple[JobState, ...] = ("waiting", "running")

_OPEN_REINDEX = "kind = 'reindex' AND state IN ('waiting', 'running')"


class Job(Row):
    """A re-index, of one handbook or (no `collection_id`) of everything, or a repair; at most one re-index is open.

    Units: `done` of `total` count files while it is read, then passages; for a repair, files that wait again.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("kind IN ('reindex', 'repair')", name="kind"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index(
            "uq_job_open",
            "tenant_id",
            unique=True,
            sqlite_where=text(_OPEN_REINDEX),
            postgresql_where=text(_OPEN_REINDEX),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    kind: Mapped[JobKind] = mapped_column(String(16))
    collection_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("collection.id"))
    state: Mapped[JobState] = mapped_column(String(16), default="waiting")
    step: Mapped[JobStep | None] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(100))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    generation_id: Mapped[int | None] = mapped_column(BigId)
    error_text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
