"""`python -m logsource` is the `logsource` command."""

from logsource.cli.main import main

main()
