"""Databases for the tests of reading and writing tables."""

from postgres_databases import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]
