"""Versions whose states were computed ahead of their serving."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "replays",
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("version", sa.String(12), nullable=False),
        sa.Column("begun", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("replays")
