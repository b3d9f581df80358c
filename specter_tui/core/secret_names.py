"""Which names tell that a secret stands behind them. When in doubt they do."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
SECRET_NAME: Final = re.compile(
    r"pass(?:word|wd|phrase)|pass(?![a-z])|pwd|secret|token|(?:api|access)[_-]?key|private|credential"
    r"|auth(?!ors?(?![a-z]))|cookie|session|salt|dsn|jwt|signature",
    re.IGNORECASE,
)
_SECRET_FIELD: Final = re.compile(r"(?:^|[_-])(?:key|sig|code|pin|otp|hmac)$", re.IGNORECASE)


def is_secret_field(name: str) -> bool:
    """Whether a header or a query parameter of this name carries a secret."""
    return SECRET_NAME.search(name) is not None or _SECRET_FIELD.search(name) is not None
