"""What administrators set going; indexes that SQLite does not mistake for a short way"""

import sqlalchemy as sa
from alembic import op

from catalogue.tables.row import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("kind = 'reindex' AND state IN ('waiting', 'running')")


def upgrade() -> None:
    """Add jobs, and let every index begin with what tells rows apart."""
    op.create_table(
        "job",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("collection_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("generation_id", BigId, nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('reindex', 'repair')", name="ck_job_kind"),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="ck_job_state"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_job_tenant_id_tenant"),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name="fk_job_collection_id_collection"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_job_open", "job", ["tenant_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.add_column("revision", sa.Column("job_id", BigId, nullable=True))
    op.create_index("ix_revision_job_id", "revision", ["job_id"])
    op.drop_index("ix_chunk_tenant_id_text_sha256", "chunk")
    op.create_index("ix_chunk_text_sha256_tenant_id", "chunk", ["text_sha256", "tenant_id"])
    op.drop_index("ix_document_tenant_id", "document")
    op.drop_index("ix_document_family_id", "document")
    op.create_index("ix_document_tenant_id_family_id", "document", ["tenant_id", "family_id"])


def downgrade() -> None:
    """Undo: jobs and indexes"""
    op.drop_index("ix_document_tenant_id_family_id", "document")
    op.create_index("ix_document_family_id", "document", ["family_id"])
    op.create_index("ix_document_tenant_id", "document", ["tenant_id"])
    op.drop_index("ix_chunk_text_sha256_tenant_id", "chunk")
    op.create_index("ix_chunk_tenant_id_text_sha256", "chunk", ["tenant_id", "text_sha256"])
    op.drop_index("ix_revision_job_id", "revision")
    op.drop_column("revision", "job_id")
    op.drop_table("job")
