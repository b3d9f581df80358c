"""A blocking call in a thread of its own that holds up no exit: those of an executor are joined at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def started(call: Callable[[], T], name: str) -> tuple[Future[T], threading.Thread]:
    """The future result of the call, and the thread that works on it. Nothing ends the call early."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  handed to whoever waits for the call
            future.set_exception(error)
        else:
            future.set_result(result)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return future, thread
