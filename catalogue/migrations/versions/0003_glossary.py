"""What people here call things"""

import sqlalchemy as sa
from alembic import op

from catalogue.tables.row import BigId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What people here call things"""
    op.create_table(
        "glossary_entry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("document_id", BigId, nullable=True),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("long", sa.Text(), nullable=False),
        sa.Column("short_key", sa.String(length=200), nullable=False),
        sa.Column("long_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_glossary_entry_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name="fk_glossary_entry_document_id_document", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_glossary_entry"),
    )
    op.create_index("ix_glossary_entry_short", "glossary_entry", ["tenant_id", "short_key"])
    op.create_index("ix_glossary_entry_long", "glossary_entry", ["tenant_id", "long_key"])
    op.create_index("ix_glossary_entry_document_id", "glossary_entry", ["document_id"])


def downgrade() -> None:
    """Undo: What people here call things"""
    op.drop_table("glossary_entry")
