"""What is imported before the first frame: no SDK, and not even the model."""

from __future__ import annotations

import json
import subprocess
import sys

LATE = {
    "httpx", "docker", "requests", "cloudflare", "pydantic", "cryptography", "re2", "watchfiles",
    "specter_tui.core.snapshot", "specter_tui.core.model", "specter_tui.sources", "specter_tui.collect",
    "specter_tui.wiring.collector", "textual.widgets._data_table", "specter_tui.core.changes",
    "specter_tui.ui.views.workspace", "specter_tui.ui.views.view", "specter_tui.ui.present.resource",
}  # fmt: skip


def test_the_first_frame_needs_no_sdk_and_no_model() -> None:
    starts = "import specter_tui.cli.dashboard, specter_tui.config.load, specter_tui.ui.launch"
    code = f"import json, sys; {starts}; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not LATE & set(json.loads(answer.stdout))
