"""`make bench`: runs every `bench_*` module beside it and writes its figures next to their budgets.

`python -m tests.bench first_frame parsing` runs only those. A figure over its budget is marked, not a failure: the exit
code is 0 unless a benchmark breaks. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.machine import describe


def main(wanted: list[str]) -> int:
    """Writes one line a figure as soon as it is known."""
    known = [path.stem.removeprefix("bench_") for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    if unknown := sorted(set(wanted) - set(known)):
        sys.stderr.write(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    started = time.monotonic()
    _write(describe())
    for name in wanted or known:
        for figure in importlib.import_module(f"tests.bench.bench_{name}").figures():
            _write(_line(figure))
    _write(f"{describe()}; {time.monotonic() - started:.0f} s in all")
    return 0


def _line(figure: Figure) -> str:
    verdict = "" if figure.budget is None else "OVER" if figure.over else "ok"
    budget = "" if figure.budget is None else f"of {figure.budget:g}"
    value = f"{figure.value:.0f}" if figure.value == int(figure.value) else f"{figure.value:.2f}"
    return (
        f"{verdict:<5}{value:>9} {figure.unit:<6}{budget:<9}{figure.name}{f'  ({figure.note})' if figure.note else ''}"
    )


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
