"""`specter-tui certs`: every certificate with its end and Traefik's renewal."""

from __future__ import annotations

import argparse

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, not_found, take_snapshot, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.certificates import CertificateIndex
from specter_tui.core.export import certificates_document
from specter_tui.core.snapshot import CertificateStatus, Snapshot, SourceName
from specter_tui.ui.present.base import Line, Piece, outside
from specter_tui.ui.present.states import CERTIFICATE, sign


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all certificates, the one that ends first at the top, or those that can serve the named host."""
    snapshot = take_snapshot(config)
    demand(snapshot, SourceName.ACME)
    certificates = sorted(_selected(snapshot, args.host), key=lambda one: (one.certificate.not_after, one.key))
    if args.json:
        output.json(certificates_document(snapshot, certificates))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    columns = [
        Column[CertificateStatus]("", lambda one: (sign(CERTIFICATE[one.state][:2], glyphs),)),
        Column[CertificateStatus]("NAME", lambda one: (outside(one.certificate.main),)),
        Column[CertificateStatus]("STATE", _state),
        Column[CertificateStatus]("ENDS", lambda one: (Piece(f"{one.certificate.not_after:%Y-%m-%d}"),)),
        Column[CertificateStatus]("DAYS", lambda one: (Piece(str(one.days_left)),)),
        Column[CertificateStatus]("RENEWS", lambda one: (Piece(f"{one.renews_at:%Y-%m-%d}"),), keep=5),
        Column[CertificateStatus]("RESOLVER", lambda one: (outside(one.certificate.resolver),), keep=4),
        Column[CertificateStatus]("ROUTES", lambda one: (Piece(str(len(one.used_by))),), keep=3),
        Column[CertificateStatus]("KEY", lambda one: (outside(one.certificate.key_type),), keep=1),
        Column[CertificateStatus]("ISSUER", lambda one: (outside(one.certificate.issuer),), keep=2),
    ]
    write_table(output, columns, certificates)
    if not certificates:
        unread = SourceName.ACME in snapshot.problems
        output.line("no certificate could be read: see specter-tui doctor" if unread else "no certificate yet")
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _state(one: CertificateStatus) -> Line:
    _, role, word = CERTIFICATE[one.state]
    return (Piece(word, role),)


def _selected(snapshot: Snapshot, host: str) -> list[CertificateStatus]:
    wanted = host.lower().rstrip(".")
    found = [one for one in snapshot.certificates if not wanted or CertificateIndex((one,)).find(wanted)]
    if wanted and not found:
        names = (name for one in snapshot.certificates for name in one.certificate.sans)
        raise not_found("host with a certificate", host, names)
    return found
