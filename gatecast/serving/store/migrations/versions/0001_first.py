"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What SQLite numbers by itself has the type INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create them."""
    _create_models()
    _create_log()
    _create_states()


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("version", sa.String(12), nullable=False),
        sa.Column("previous", sa.String(12)),
    )
    op.create_table(
        "artefacts",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("version", sa.String(12), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("stored", sa.Float, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("can", sa.String(5), nullable=False),
        sa.Column("models", sa.Text),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("expires", sa.Float),
        sa.Column("revoked", sa.Float),
    )


def _create_log() -> None:
    # SQLite stores tables with a key of several columns in the order of the key.
    op.create_table(
        "series",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("unique_id", sa.String(500), nullable=False),
        sa.UniqueConstraint("model", "unique_id", name="series_model_unique_id"),
    )
    op.create_table(
        "observations",
        _series(),
        sa.Column("ds", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("y", sa.Float(53)),
        sa.Column("others", sa.Text),
        sa.Column("judge", sa.Boolean, nullable=False),
        sa.Column("forecast", sa.Float(53)),
        sa.Column("p_value", sa.Float(53)),
        sa.Column("version", sa.String(12)),
        sa.Column("arrived", sa.Float(53), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "futures",
        _series(),
        sa.Column("ds", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("columns", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_states() -> None:
    op.create_table(
        "states",
        _series(),
        sa.Column("version", sa.String(12), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("observed", sa.BigInteger, nullable=False),
        sa.Column("ds", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshots",
        _series(),
        sa.Column("version", sa.String(12), primary_key=True),
        sa.Column("observed", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("ds", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    for name in (
        "keys",
        "snapshots",
        "states",
        "futures",
        "observations",
        "series",
        "artefacts",
        "models",
    ):
        op.drop_table(name)


def _series() -> sa.Column[int]:
    return sa.Column("series", _NUMBER, sa.ForeignKey("series.number"), primary_key=True)
