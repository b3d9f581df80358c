"""Labels in compose files: decides, without touching any file, the one edit that protects a router.

`document` parses with places, `find` knows where labels stand, `splice` changes text at a place, `proof` compares
before and after, `edit` decides.
"""

from specter_tui.core.labels.edit import protect, unprotect
from specter_tui.core.labels.model import ComposeText, Edit

__all__ = ["ComposeText", "Edit", "protect", "unprotect"]
