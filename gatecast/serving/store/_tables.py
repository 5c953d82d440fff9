"""The tables: the log of observations, which is the truth, and what is derived from it.

`observations` is only ever appended to: a correction is a further revision of the same time. The
rows of `states` and `snapshots` can be made again from the log and the artefacts at any time.
Times are nanoseconds since 1970, or the user's integers.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

# SQLite numbers rows by itself only where the type is INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

MODELS = Table(
    "models",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("version", String(12), nullable=False, doc="the one that serves"),
    Column("previous", String(12), doc="the one that served before it"),
)

ARTEFACTS = Table(
    "artefacts",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("version", String(12), primary_key=True, doc="start of the checksum of the content"),
    Column("content", LargeBinary, nullable=False),
    Column("stored", Float, nullable=False, doc="seconds since 1970"),
)

PREPARATIONS = Table(
    "preparations",
    METADATA,
    Column("model", String(200), primary_key=True),
    Column("version", String(12), nullable=False, doc="that is prepared, or was last"),
    Column("state", String(12), nullable=False, doc="replaying, serving or failed"),
    Column("done", BigInteger, nullable=False, doc="series that it has read to the end"),
    Column("series", BigInteger, nullable=False),
    Column("error", Text, doc="why it failed, or what it waits for"),
    Column("changed", Float(53), nullable=False, doc="seconds since 1970"),
)

REPLAYS = Table(
    "replays",
    METADATA,
    Column("model", String(200), primary_key=True),
    Column("version", String(12), nullable=False, doc="its states are kept until it serves"),
    Column("begun", Float(53), nullable=False, doc="seconds since 1970"),
)

SERIES = Table(
    "series",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("model", String(200), nullable=False),
    Column("unique_id", String(500), nullable=False),
    UniqueConstraint("model", "unique_id", name="series_model_unique_id"),
)

_SERIES_NUMBER = "series.number"

OBSERVATIONS = Table(
    "observations",
    METADATA,
    Column("series", _NUMBER, ForeignKey(_SERIES_NUMBER), primary_key=True),
    Column("ds", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False, doc="the highest counts"),
    Column("y", Float(53), doc="of the first target"),
    Column("others", Text, doc="JSON: further targets and exogenous columns"),
    Column("judge", Boolean, nullable=False, doc="whether it is compared with its forecast"),
    Column("forecast", Float(53), doc="of the first target, made before it arrived"),
    Column("p_value", Float(53), doc="how likely an error at least as large was"),
    Column("version", String(12), doc="of the model that had forecast it"),
    Column("arrived", Float(53), nullable=False, doc="seconds since 1970"),
    sqlite_with_rowid=False,
)

FUTURES = Table(
    "futures",
    METADATA,
    Column("series", _NUMBER, ForeignKey(_SERIES_NUMBER), primary_key=True),
    Column("ds", BigInteger, primary_key=True, autoincrement=False),
    Column("columns", Text, nullable=False, doc="JSON: what is known of a row to come"),
    sqlite_with_rowid=False,
)

STATES = Table(
    "states",
    METADATA,
    Column("series", _NUMBER, ForeignKey(_SERIES_NUMBER), primary_key=True),
    Column("version", String(12), primary_key=True),
    Column("position", BigInteger, nullable=False, doc="log rows of the series, revisions too"),
    Column("observed", BigInteger, nullable=False, doc="times of the series"),
    Column("ds", BigInteger, nullable=False, doc="of the last of them"),
    Column("state", LargeBinary, doc="a record; NULL while there are too few rows for one"),
    sqlite_with_rowid=False,
)

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("series", _NUMBER, ForeignKey(_SERIES_NUMBER), primary_key=True),
    Column("version", String(12), primary_key=True),
    Column("observed", BigInteger, primary_key=True, autoincrement=False),
    Column("ds", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("key", String(64), primary_key=True, doc="hash of what the client calls it"),
    Column("content", String(64), nullable=False, doc="hash of what is asked"),
    Column("answer", LargeBinary, doc="NULL while it is being carried out"),
    Column("arrived", Float(53), nullable=False, index=True, doc="seconds since 1970"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True, doc="SHA-256 of the key"),
    Column("can", String(5), nullable=False, doc="read or write"),
    Column("models", Text, doc="JSON: names it is valid for; NULL for all"),
    Column("created", Float, nullable=False),
    Column("expires", Float, doc="seconds since 1970; NULL for never"),
    Column("revoked", Float),
)
