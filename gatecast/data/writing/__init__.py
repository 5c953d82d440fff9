"""Rows out: into tables of databases, folders of Parquet files, and files.

A frame and a target come in. Rows that are there already are replaced, the others added, so that
writing the same frame twice leaves the same rows.
"""

from gatecast.data.writing._write import check_target, write

__all__ = ["check_target", "write"]
