"""What containers write, from the engine's bytes to the lines that are kept: pure."""

from specter_tui.core.logs.buffer import LogBuffer
from specter_tui.core.logs.follow import FollowRequest, LogBatch, LogNotice, LogTarget, Standing
from specter_tui.core.logs.line import LogLine, Stream
from specter_tui.core.logs.window import WINDOWS, LogWindow

__all__ = [
    "WINDOWS",
    "FollowRequest",
    "LogBatch",
    "LogBuffer",
    "LogLine",
    "LogNotice",
    "LogTarget",
    "LogWindow",
    "Standing",
    "Stream",
]
