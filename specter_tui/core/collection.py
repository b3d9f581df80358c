"""When Python's cyclic collector may run: it stops every thread, the event loop's too, while it looks around."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNGER: Final = 10  # collections of what is younger, after which Python looks at all objects
_AT_LAST: Final = 2 * _YOUNGER  # and after which it does so when nobody has told it to


@contextmanager
def no_collection() -> Iterator[None]:
    """Puts the cyclic collector off while thousands of objects are made that are in no cycle.

    It would look at all of them several times over, and every thread stands still meanwhile: 30 ms and more with
    5,000 routers (measured), against the 11 ms that are left.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def keep_what_there_is() -> None:
    """Takes all objects that there are now out of every later collection.

    A full collection over the imported modules and the first snapshot takes 20 to 40 ms (measured), in which no key is
    answered; they stay for as long as the program runs, or go by their reference counts. Only for moments that come
    once in a process: what is in a cycle now is never freed.
    """
    gc.freeze()


def collect_when_told() -> None:
    """Leaves time for `collect` to make full collections; what is young is collected as before.

    With 5,000 routes Python made one every few seconds, at any moment, for 20 to 60 ms (measured). It still does so
    when it was not told to for long: without any, pages that were opened and left took 40 MiB a minute (measured).
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _AT_LAST)


def is_collection_due() -> bool:
    """Whether as much has been made since the last full collection as would have made Python do one."""
    return gc.get_count()[2] > _YOUNGER


def collect() -> None:
    """Looks at all objects, and frees those that only hold each other."""
    gc.collect()
