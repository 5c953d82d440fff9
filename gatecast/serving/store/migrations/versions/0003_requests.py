"""Requests that a client may send again, and what they were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "requests",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("arrived", sa.Float(53), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("requests")
