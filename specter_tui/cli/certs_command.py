"""`specter-tui certs`: every certificate with its end and Traefik's renewal; `certs renew` has one ordered anew."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.parsers import UsageError
from specter_tui.cli.session import demand, glyphs_of, not_found, take_snapshot, write_findings, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.certificates import CertificateIndex, covers
from specter_tui.core.export import certificates_document
from specter_tui.core.findings.checks import worst_first
from specter_tui.core.findings.serving import served_otherwise
from specter_tui.core.snapshot import CertificateStatus, Seen, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import Glyphs, Line, Piece, outside
from specter_tui.ui.present.states import certificate_look, sign

_RENEW: Final = "renew"


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all certificates, the one that ends first at the top, or those that can serve the named host.

    `renew` is no host. Without permission to read acme.json it writes what is served instead, and ends as a source
    that can't be reached.
    """
    if args.host == _RENEW:
        return _renew(args, config, output)
    if args.name or args.dry_run or args.yes or args.orders is not None:
        message = "only certs renew takes a second name, --dry-run, --yes and --orders"
        raise UsageError(message, "type: specter-tui certs renew NAME")
    snapshot = take_snapshot(config, probe=args.probe)
    if not args.json and snapshot.source(SourceName.ACME).status is SourceStatus.FAILED:
        _write_served_instead(config, snapshot, args, output)
    demand(snapshot, SourceName.ACME)
    certificates = sorted(_selected(snapshot, args.host), key=lambda one: (one.certificate.not_after, one.key))
    if args.json:
        output.json(certificates_document(snapshot, certificates))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    columns = [
        Column[CertificateStatus]("", lambda one: (sign(certificate_look(one)[:2], glyphs),)),
        Column[CertificateStatus]("NAME", lambda one: (outside(one.certificate.main),)),
        Column[CertificateStatus]("STATE", _state),
        Column[CertificateStatus]("ENDS", lambda one: (Piece(f"{one.certificate.not_after:%Y-%m-%d}"),)),
        Column[CertificateStatus]("DAYS", lambda one: (Piece(str(one.days_left)),)),
        Column[CertificateStatus]("RENEWS", _renews, keep=5),
        Column[CertificateStatus]("RESOLVER", lambda one: (outside(one.certificate.resolver or "-"),), keep=4),
        Column[CertificateStatus]("ROUTES", lambda one: (Piece(str(len(one.used_by))),), keep=3),
        Column[CertificateStatus]("KEY", lambda one: (outside(one.certificate.key_type),), keep=1),
        Column[CertificateStatus]("ISSUER", lambda one: (outside(one.certificate.issuer),), keep=2),
    ]
    write_table(output, columns, certificates)
    if not certificates:
        unread = SourceName.ACME in snapshot.problems
        output.line("no certificate could be read: see specter-tui doctor" if unread else "no certificate yet")
    _write_otherwise(output, snapshot, certificates, glyphs)
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _renew(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """`certs renew NAME`."""
    from specter_tui.cli.action_commands import act

    if not args.name:
        raise UsageError("certs renew needs the name of a certificate, a host or an id", "see specter-tui certs")
    if args.probe:
        raise UsageError("certs renew takes no --probe: it looks at what is served anyhow", "leave it out")
    args.command, args.target = _RENEW, args.name
    return act(args, config, output)


def _renews(one: CertificateStatus) -> Line:
    return (Piece(f"{one.renews_at:%Y-%m-%d}" if one.renews_at else "-"),)


def _write_otherwise(
    output: Output, snapshot: Snapshot, certificates: Sequence[CertificateStatus], glyphs: Glyphs
) -> None:
    """The findings on what is served in the place of these certificates, or without any."""
    names = [name for one in certificates for name in (*one.certificate.sans, one.certificate.main)]
    found = [one for one in served_otherwise(snapshot) if covers(names, one.subject.id)]
    if found:
        output.line()
        write_findings(output, worst_first(found), glyphs)


def _write_served_instead(config: LoadedConfig, snapshot: Snapshot, args: argparse.Namespace, output: Output) -> None:
    """What Traefik serves for each host, since its storage can't be read; asks for it where that was not done yet."""
    seen = snapshot if args.probe else take_snapshot(config, probe=True)
    wanted = args.host.lower().rstrip(".")
    hosts = [host for host in sorted(seen.served) if wanted in {"", host} and seen.served[host].local is not None]
    columns = [
        Column[tuple[str, Seen]]("HOST", lambda row: (outside(row[0]),)),
        Column[tuple[str, Seen]]("SERVED", lambda row: (outside(_served(row[1])),)),
        Column[tuple[str, Seen]]("ENDS", lambda row: (Piece(_ends(row[1])),)),
        Column[tuple[str, Seen]]("ISSUER", lambda row: (outside(_issuer(row[1])),), keep=1),
    ]
    rows = [(host, local) for host in hosts if (local := seen.served[host].local) is not None]
    if rows:
        write_table(output, columns, rows)


def _served(seen: Seen) -> str:
    if seen.certificate is not None:
        return seen.certificate.main or "no name"
    return seen.error or f"SHA-256 {seen.fingerprint[:16]}"


def _ends(seen: Seen) -> str:
    return f"{seen.certificate.not_after:%Y-%m-%d}" if seen.certificate else "-"


def _issuer(seen: Seen) -> str:
    return seen.certificate.issuer if seen.certificate else "-"


def _state(one: CertificateStatus) -> Line:
    _, role, word = certificate_look(one)
    return (Piece(word, role),)


def _selected(snapshot: Snapshot, host: str) -> list[CertificateStatus]:
    wanted = host.lower().rstrip(".")
    found = [one for one in snapshot.certificates if not wanted or CertificateIndex((one,)).find(wanted)]
    if wanted and not found:
        names = (name for one in snapshot.certificates for name in one.certificate.sans)
        raise not_found("host with a certificate", host, ("renew", *names))
    return found
