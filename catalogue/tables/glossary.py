"""What people here call things: abbreviations and everyday names with what they stand for."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalogue.tables.row import BigId, PrimaryKey, Row


class GlossaryEntry(Row):
    """One short form with one of its meanings: kept by hand, or read in a document („Bürgerbüro (BüBü)“).

    The keys are the two forms as they are looked up: lower case, umlauts folded, single blanks.
    """

    __tablename__ = "glossary_entry"
    __table_args__ = (
        Index("ix_glossary_entry_short", "tenant_id", "short_key"),
        Index("ix_glossary_entry_long", "tenant_id", "long_key"),
    )

    id: Mapped[PrimaryKey]
    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id", ondelete="CASCADE"), index=True)
    short: Mapped[str] = mapped_column(Text)
    long: Mapped[str] = mapped_column(Text)
    short_key: Mapped[str] = mapped_column(String(200))
    long_key: Mapped[str] = mapped_column(String(200))
