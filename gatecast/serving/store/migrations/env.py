"""Alembic's entry: upgrades over the connection that it is given."""

from __future__ import annotations

from alembic import context

from gatecast.serving.store._tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=METADATA, transactional_ddl=True, render_as_batch=True
)
context.run_migrations()
