"""What protecting a host or a router means: the targets, the reasons against it, the risks."""

from specter_tui.core.protecting.refusals import OverlayNeeded, refuse_middleware, why_never
from specter_tui.core.protecting.risks import overlay_risks, restart_risks, risks
from specter_tui.core.protecting.targets import Target, made_by_labels, named_routes, to_protect, to_unprotect

__all__ = [
    "OverlayNeeded",
    "Target",
    "made_by_labels",
    "named_routes",
    "overlay_risks",
    "refuse_middleware",
    "restart_risks",
    "risks",
    "to_protect",
    "to_unprotect",
    "why_never",
]
