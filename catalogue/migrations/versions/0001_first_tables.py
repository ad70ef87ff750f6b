"""The catalogue's first tables"""

import sqlalchemy as sa
from alembic import op

from catalogue.tables.row import BigId, Json, UtcDateTime, now

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The catalogue's first tables"""
    op.create_table(
        "tenant",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
        sa.UniqueConstraint("slug", name="uq_tenant_slug"),
    )
    op.create_table(
        "department",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_department_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_department"),
        sa.UniqueConstraint("tenant_id", "slug", name="uq_department_tenant_id_slug"),
    )
    op.create_table(
        "embedding",
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_embedding_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "fingerprint", "text_sha256", name="pk_embedding"),
    )
    op.create_table(
        "generation",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        sa.Column("chunk_count", sa.Integer(), nullable=False),
        sa.Column("last_revision_id", BigId, nullable=False),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("manifest", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("live_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('building', 'live', 'previous', 'failed')", name="ck_generation_state"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_generation_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_generation"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_generation_live",
        "generation",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )

    op.create_table(
        "collection",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("department_id", BigId, nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_collection_department_id_department"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_collection_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.UniqueConstraint("tenant_id", "slug", name="uq_collection_tenant_id_slug"),
    )
    op.create_index("ix_collection_department_id", "collection", ["department_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("size_bytes", BigId, nullable=False),
        sa.Column("file_mtime_ns", BigId, nullable=False),
        sa.Column("modified_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["collection_id"], ["collection.id"], name="fk_document_collection_id_collection"),
        sa.ForeignKeyConstraint(["parent_id"], ["document.id"], name="fk_document_parent_id_document"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_document_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("collection_id", "root", "source", name="uq_document_collection_id_root_source"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_document_parent_id", "document", ["parent_id"], unique=False)
    op.create_index("ix_document_tenant_id", "document", ["tenant_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("document_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", BigId, nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.String(length=63), nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("error_hint", sa.Text(), nullable=True),
        sa.Column("warnings", Json, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'running', 'ready', 'failed')", name="ck_revision_state"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_revision_document_id_document"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_revision_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("document_id", "number", name="uq_revision_document_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_revision_sha256", "revision", ["sha256"], unique=False)
    op.create_index("ix_revision_state", "revision", ["tenant_id", "state"], unique=False)
    op.create_index(
        "uq_revision_shown",
        "revision",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("shown"),
        postgresql_where=sa.text("shown"),
    )

    op.create_table(
        "chunk",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("revision_id", BigId, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("headings", Json, nullable=False),
        sa.Column("citation", sa.Text(), nullable=True),
        sa.Column("page_first", sa.Integer(), nullable=True),
        sa.Column("page_last", sa.Integer(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_first", sa.Integer(), nullable=True),
        sa.Column("row_last", sa.Integer(), nullable=True),
        sa.Column("warnings", Json, nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_chunk_revision_id_revision"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_chunk_tenant_id_tenant"),
        sa.PrimaryKeyConstraint("id", name="pk_chunk"),
        sa.UniqueConstraint("revision_id", "ordinal", name="uq_chunk_revision_id_ordinal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chunk_tenant_id_text_sha256", "chunk", ["tenant_id", "text_sha256"], unique=False)

    tenant = sa.table("tenant", sa.column("slug"), sa.column("name"), sa.column("created_at", UtcDateTime()))
    op.bulk_insert(tenant, [{"slug": "stadt", "name": "Stadtverwaltung", "created_at": now()}])


def downgrade() -> None:
    """Undo: The catalogue's first tables"""
    op.drop_index("ix_chunk_tenant_id_text_sha256", "chunk")

    op.drop_table("chunk")
    op.drop_index("uq_revision_shown", "revision", sqlite_where=sa.text("shown"), postgresql_where=sa.text("shown"))
    op.drop_index("ix_revision_state", "revision")
    op.drop_index("ix_revision_sha256", "revision")

    op.drop_table("revision")
    op.drop_index("ix_document_tenant_id", "document")
    op.drop_index("ix_document_parent_id", "document")

    op.drop_table("document")
    op.drop_index("ix_collection_department_id", "collection")

    op.drop_table("collection")
    op.drop_index(
        "uq_generation_live",
        "generation",
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )

    op.drop_table("generation")
    op.drop_table("embedding")
    op.drop_table("department")
    op.drop_table("tenant")
