"""`python -m gatecast`."""

from gatecast.cli import main

main()
