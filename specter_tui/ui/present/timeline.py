"""Certificates on an axis of time: all from now on in a table, and one from its beginning to its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from specter_tui.core.snapshot import CertificateState, CertificateStatus
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.present.states import certificate_look, sign

AXIS: Final = "now   30d   60d 90d"  # each cell is five days
_CELL: Final = timedelta(days=5)
_LIFE: Final = 36  # cells of one life


def until_the_end(one: CertificateStatus, glyphs: Glyphs) -> Line:
    """`───────━━━━━●`: from now to its end, thick where Traefik renews it; an angle where it ends beyond the axis."""
    name, role, _ = certificate_look(one)
    if one.state is CertificateState.EXPIRED:
        return (sign((name, role), glyphs),)
    left = timedelta(days=one.days_left)
    end = left // _CELL
    last = len(AXIS) - 1
    window = one.certificate.not_after - one.renews_at if one.renews_at else timedelta(0)
    thin = min(max((left - window) // _CELL, 0), end, last)
    line = (Piece(glyphs.rule * thin, Role.MUTED), Piece(glyphs.thick * (min(end, last) - thin), Role.MUTED))
    shown = (*line, sign((name, role), glyphs) if end <= last else Piece(glyphs.then, role))
    return tuple(piece for piece in shown if piece.text)


def life(one: CertificateStatus, now: datetime, glyphs: Glyphs) -> Line:
    """`────────●─────────━━━━━━━`: its whole life with the present moment on it, thick where Traefik renews it."""
    leaf = one.certificate
    name, role, _ = certificate_look(one)
    thick = _place(max(one.renews_at, leaf.not_before), one) if one.renews_at else _LIFE
    here = _place(min(max(now, leaf.not_before), leaf.not_after), one)
    cells = [glyphs.rule] * thick + [glyphs.thick] * (_LIFE - thick)
    before, after = "".join(cells[:here]), "".join(cells[here + 1 :])
    return (Piece(before, Role.MUTED), sign((name, role), glyphs), Piece(after, Role.MUTED))


def _place(moment: datetime, one: CertificateStatus) -> int:
    leaf = one.certificate
    whole = leaf.not_after - leaf.not_before
    if whole <= timedelta(0):
        return 0
    return min(int((moment - leaf.not_before) / whole * _LIFE), _LIFE - 1)
