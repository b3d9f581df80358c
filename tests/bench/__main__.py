"""`make bench`: runs every `bench_*` module beside it and writes its figures; exit 1 when one is over its limit."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.bench.figure import Figure


def main() -> int:
    """Writes one line a figure as soon as it is known."""
    over = False
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        for figure in importlib.import_module(f"tests.bench.{path.stem}").figures():
            over = over or figure.over
            sys.stdout.write(f"{_line(figure)}\n")
            sys.stdout.flush()
    return int(over)


def _line(figure: Figure) -> str:
    verdict = "OVER" if figure.over else "ok"
    return f"{verdict:<5} {figure.value:>9.2f} {figure.unit:<6} at most {figure.limit:<8g} {figure.name}"


if __name__ == "__main__":
    sys.exit(main())
