"""One-shot statistics of a container over the docker SDK. Blocks: call it in a thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from specter_tui.core.stats import StatsSample, decode_stats

if TYPE_CHECKING:
    from docker import APIClient

_ONE_SHOT_SINCE: Final = "1.41"  # older engines measure for a second or two first


def read_stats(client: APIClient, container_id: str) -> StatsSample:
    """One sample. Raises what the SDK raises."""
    from docker.utils import version_lt

    if version_lt(client.api_version, _ONE_SHOT_SINCE):
        return decode_stats(client.stats(container_id, stream=False))
    return decode_stats(client.stats(container_id, stream=False, one_shot=True))
