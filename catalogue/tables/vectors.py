"""What was computed: vectors by text and model, and the indexes built from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row, now

GenerationState = Literal["building", "live", "previous", "failed"]


class Embedding(Row):
    """The vector of one text under one model. Kept per tenant, and removed with the last chunk that uses it.

    Shapes: `vector` is (dim,) float32, unit L2 norm, little-endian bytes.
    """

    __tablename__ = "embedding"

    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    text_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Generation(Row):
    """One built index of one tenant: a folder of immutable files whose manifest is the receipt.

    `last_revision_id` is the newest revision that was ready when the index was built.
    """

    __tablename__ = "generation"
    __table_args__ = (
        CheckConstraint("state IN ('building', 'live', 'previous', 'failed')", name="state"),
        Index(
            "uq_generation_live",
            "tenant_id",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    state: Mapped[GenerationState] = mapped_column(String(16))
    fingerprint: Mapped[str] = mapped_column(String(64))
    dim: Mapped[int]
    chunk_count: Mapped[int] = mapped_column(default=0)
    last_revision_id: Mapped[int] = mapped_column(BigId, default=0)
    error_text: Mapped[str | None] = mapped_column(Text)
    manifest: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    live_at: Mapped[datetime | None]
