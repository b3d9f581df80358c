"""`python -m specter_tui`."""

import sys

from specter_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
