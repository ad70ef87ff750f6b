"""What is known: documents, the states of their content, and the passages made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row, now

RevisionState = Literal["pending", "running", "ready", "failed"]


class Document(Row):
    """Something that was handed in, under the path it has below its root (a folder, or `upload:`).

    Documents that are versions of each other share a `family_id`, the smallest id among them.

    Units: `file_mtime_ns` is what the file system said when the file was last read; it only saves hashing.
    Shapes: `signature` is (128,) uint32, little-endian: the MinHash of the newest text.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("collection_id", "root", "source"),
        # SQLite takes any index that begins with the tenant for a short way, though nearly all rows are the tenant's.
        Index("ix_document_tenant_id_family_id", "tenant_id", "family_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    collection_id: Mapped[int] = mapped_column(BigId, ForeignKey("collection.id"))
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id"), index=True)
    root: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(127))
    size_bytes: Mapped[int] = mapped_column(BigId)
    file_mtime_ns: Mapped[int] = mapped_column(BigId)
    modified_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
    family_id: Mapped[int | None] = mapped_column(BigId)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class Revision(Row):
    """One state of a document's content.

    `shown` marks the one whose passages people see. A newer one takes over in the transaction that makes an index
    live which knows it, so that a document is never missing in between. `job_id` names the re-index that asked for it:
    until that has ended well, no index takes it up.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint("state IN ('pending', 'running', 'ready', 'failed')", name="state"),
        Index(
            "uq_revision_shown",
            "document_id",
            unique=True,
            sqlite_where=text("shown"),
            postgresql_where=text("shown"),
        ),
        Index("ix_revision_state", "tenant_id", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"))
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigId)
    media_type: Mapped[str] = mapped_column(String(127))
    state: Mapped[RevisionState] = mapped_column(String(16), default="pending")
    shown: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[str | None] = mapped_column(String(63))
    error_text: Mapped[str | None] = mapped_column(Text)
    error_hint: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    title: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(8))
    author_department: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None] = mapped_column(BigId, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class SignatureBand(Row):
    """Part of a document's MinHash: documents that share a key are likely to be versions of each other."""

    __tablename__ = "signature_band"

    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True, index=True)


class Chunk(Row):
    """A passage. Its id is never given out twice, so an old index can't point at a stranger.

    `text_sha256` is the digest of what is embedded: title and headings in front of the text.
    """

    __tablename__ = "chunk"
    __table_args__ = (
        UniqueConstraint("revision_id", "ordinal"),
        Index("ix_chunk_text_sha256_tenant_id", "text_sha256", "tenant_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    revision_id: Mapped[int] = mapped_column(BigId, ForeignKey("revision.id"))
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    headings: Mapped[list[str]]
    citation: Mapped[str | None] = mapped_column(Text)
    page_first: Mapped[int | None]
    page_last: Mapped[int | None]
    sheet: Mapped[str | None] = mapped_column(Text)
    row_first: Mapped[int | None]
    row_last: Mapped[int | None]
    warnings: Mapped[list[str]] = mapped_column(default=list)
    text_sha256: Mapped[str] = mapped_column(String(64))
