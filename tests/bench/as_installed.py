"""`python -m tests.bench.as_installed HIDDEN [ARGUMENT...]`: specter-tui without the packages that HIDDEN lists.

httpx and httpcore import some packages where they find them (trio, h2, click). An environment for development has
them, an installed specter-tui does not, and pays nothing for them: 8 MiB less (measured).
"""

from __future__ import annotations

import re
import runpy
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

LOCK: Final = Path(__file__).parents[2] / "requirements.lock"
PROGRAM: Final = "specter_tui"


def hidden() -> str:
    """The packages of this environment that specter-tui does not bring, with commas between them."""
    brought = {_plain(line.partition("==")[0]) for line in LOCK.read_text().splitlines() if "==" in line}
    brought.add(_plain(PROGRAM))
    found = packages_distributions().items()
    return ",".join(sorted(name for name, of in found if not brought & set(map(_plain, of))))


def _plain(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).strip().lower()


if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))  # type: ignore[arg-type]  # None: import fails there
    sys.argv[1:2] = []
    runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)
