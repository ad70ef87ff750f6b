"""Where documents belong: municipality, department, handbook."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row, now


class Tenant(Row):
    """One municipality. Every other row belongs to one; nothing is ever read across two."""

    __tablename__ = "tenant"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Department(Row):
    """An office of the administration: owner of documents and unit of visibility."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    slug: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Collection(Row):
    """A handbook: what a department keeps together, and the unit of re-indexing."""

    __tablename__ = "collection"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    department_id: Mapped[int] = mapped_column(BigId, ForeignKey("department.id"), index=True)
    slug: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
