"""Documents that are versions of each other"""

import sqlalchemy as sa
from alembic import op

from catalogue.tables.row import BigId

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Documents that are versions of each other"""
    op.add_column("document", sa.Column("family_id", BigId, nullable=True))
    op.add_column("document", sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.create_index("ix_document_family_id", "document", ["family_id"])
    op.create_table(
        "signature_band",
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("document_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_signature_band_tenant_id_tenant"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_signature_band_document_id_document"),
        sa.PrimaryKeyConstraint("tenant_id", "key", "document_id", name="pk_signature_band"),
    )
    op.create_index("ix_signature_band_document_id", "signature_band", ["document_id"])


def downgrade() -> None:
    """Undo: Documents that are versions of each other"""
    op.drop_table("signature_band")
    op.drop_index("ix_document_family_id", "document")
    op.drop_column("document", "signature")
    op.drop_column("document", "family_id")
