"""Reporting: what an experiment found, as charts, an HTML page, JSON and terminal tables.

`write` fills a directory with everything, `report` writes just the page, `print_summary` prints
the essence, and `to_results` gives the numbers. Nothing here computes a score: a report shows an
`Experiment` and adds only words.
"""

from gatecast.reporting._results import to_results
from gatecast.reporting._tables import print_summary
from gatecast.reporting._write import report, write

__all__ = ["print_summary", "report", "to_results", "write"]
