"""`python -m belink`: the command line."""

from belink.cli import main

main()
