"""The stack's files, from the wheel or the checkout, as entries of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import specter_tui
from specter_tui.core import stack
from specter_tui.core.errors import ConfigError
from specter_tui.core.layout import Entry


def stack_sources() -> dict[str, str]:
    """The texts of the stack: from the wheel, else from the checkout that this package stands in."""
    package = Path(specter_tui.__file__).parent
    folder = next((one for one in (package / "_stack", package.parent) if (one / stack.RANGES).is_file()), None)
    if folder is None:
        raise ConfigError("this installation lacks the stack's files", "install specter-tui again")
    return {name: (folder / name).read_text(encoding="utf-8") for name in stack.SOURCES}


def stack_entries(root: Path, files: Iterable[stack.StackFile]) -> list[Entry]:
    """All below `root`, folders before their files."""
    return [
        *(Entry(str(root / folder.path), folder.mode) for folder in stack.FOLDERS),
        *(Entry(str(root / one.path), one.mode, one.text, one.keep) for one in files),
    ]
