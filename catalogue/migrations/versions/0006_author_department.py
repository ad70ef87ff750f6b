"""The office that a document names as its own"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The office that a document names as its own"""
    op.add_column("revision", sa.Column("author_department", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo: The office that a document names as its own"""
    op.drop_column("revision", "author_department")
