"""Visitors, files and runs of the studio."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What SQLite numbers by itself has the type INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "studio_visitors",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("seen", sa.Float(53), nullable=False),
    )
    op.create_table(
        "studio_files",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("owner", sa.String(220), nullable=False, index=True),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("added", sa.Float(53), nullable=False),
    )
    op.create_table(
        "studio_runs",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("owner", sa.String(220), nullable=False, index=True),
        sa.Column("file", sa.String(32), nullable=False, index=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("token", sa.String(64), unique=True),
        sa.Column("added", sa.Float(53), nullable=False),
        sa.Column("began", sa.Float(53)),
        sa.Column("ended", sa.Float(53)),
    )
    op.create_table(
        "studio_parts",
        sa.Column("of", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("studio_parts", "studio_runs", "studio_files", "studio_visitors"):
        op.drop_table(name)
