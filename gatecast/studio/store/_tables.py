"""The tables of the studio, beside those of the service."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Table, Text

from gatecast.serving.store import METADATA

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

VISITORS = Table(
    "studio_visitors",
    METADATA,
    Column("hash", String(64), primary_key=True, doc="SHA-256 of the cookie"),
    Column("key", String(200), nullable=False, doc="the name of the key that was shown"),
    Column("seen", Float(53), nullable=False, doc="when, in seconds since 1970"),
)

FILES = Table(
    "studio_files",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", String(220), nullable=False, index=True),
    Column("name", String(300), nullable=False),
    Column("size", BigInteger, nullable=False, doc="bytes"),
    Column("reading", Text, nullable=False, doc="JSON: how it is read"),
    Column("added", Float(53), nullable=False, doc="seconds since 1970"),
)

RUNS = Table(
    "studio_runs",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", String(220), nullable=False, index=True),
    Column("file", String(32), nullable=False, index=True),
    Column("plan", Text, nullable=False, doc="JSON"),
    Column("state", String(12), nullable=False, index=True),
    Column("progress", Text, nullable=False, doc="JSON"),
    Column("problem", Text, nullable=False, doc="why it failed; empty otherwise"),
    Column("attempts", Integer, nullable=False),
    Column("token", String(64), unique=True, doc="of the link that it is shared by"),
    Column("added", Float(53), nullable=False, doc="seconds since 1970"),
    Column("began", Float(53)),
    Column("ended", Float(53)),
)

PARTS = Table(
    "studio_parts",
    METADATA,
    Column("of", String(32), primary_key=True, doc="id of a file or a run"),
    Column("name", String(300), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False, doc="at most 1 MiB"),
)
