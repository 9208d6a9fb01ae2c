"""Run the command line as `python -m unseen`."""

from unseen.cli import main

main()
