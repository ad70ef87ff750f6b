"""What people say about what they were shown"""

import sqlalchemy as sa
from alembic import op

from catalogue.tables.row import BigId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What people say about what they were shown"""
    op.create_table(
        "feedback",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("document_id", BigId, nullable=True),
        sa.Column("chunk_id", BigId, nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_feedback_tenant_id_tenant"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name="fk_feedback_document_id_document", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_tenant_id", "feedback", ["tenant_id"])
    op.create_index("ix_feedback_document_id", "feedback", ["document_id"])


def downgrade() -> None:
    """Undo: What people say about what they were shown"""
    op.drop_table("feedback")
