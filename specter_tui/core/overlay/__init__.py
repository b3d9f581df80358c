"""The overlay: routers of Traefik's file provider that stand before others and ask for a sign-in. All pure.

A file of its own, `specter-overlay.yml`, directly in the watched folder: one in a sub-folder is not noticed (observed
on 3.7.15). Each router has its own forwardAuth in the same file, since one of another provider may vanish with its
container, and then the router is disabled and the bare one answers (observed).
"""

from specter_tui.core.overlay.document import FILE_NAME, Entry, Tls, parse, render
from specter_tui.core.overlay.folder import unloadable
from specter_tui.core.overlay.shadows import Shadow, made, missing, to_cover, to_uncover
from specter_tui.core.overlay.work import OverlayWork, ShadowChange

__all__ = [
    "FILE_NAME",
    "Entry",
    "OverlayWork",
    "Shadow",
    "ShadowChange",
    "Tls",
    "made",
    "missing",
    "parse",
    "render",
    "to_cover",
    "to_uncover",
    "unloadable",
]
