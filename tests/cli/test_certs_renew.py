"""`certs renew` as it is typed: what is not understood, and that `certs` alone takes none of it."""

from __future__ import annotations

import pytest

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.main import main
from specter_tui.cli.parsers import parse


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("certs renew", "certs renew needs the name of a certificate, a host or an id; see specter-tui certs"),
        ("certs renew a.test --probe", "certs renew takes no --probe"),
        (
            "certs a.test --yes",
            "only certs renew takes a second name, --dry-run, --yes and --orders; type: specter-tui",
        ),
        ("certs a.test b.test", "only certs renew takes a second name"),
        ("certs --dry-run", "only certs renew takes"),
        ("certs --orders 2", "only certs renew takes"),
        ("certs renew a.test --orders -1", "argument --orders: '-1' is no number of certificates, such as 0 or 2"),
        ("certs renew a.test --orders 1e3", "is no number of certificates"),
        ("certs renew a.test --orders 4000", "is no number of certificates"),
        ("certs renew a.test --orders \u0665", "'\\u0665' is no number of certificates"),
        ("certs renew a.test b.test", "unrecognized arguments"),
        ("certs renew a.test --force", "unrecognized arguments"),
    ],
)
def test_what_is_not_understood_is_one_line(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(typed.split()) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert said in shown.err


def test_what_is_understood() -> None:
    args = parse(["certs", "renew", "a.test", "--orders", "2", "--dry-run", "--json"])
    assert (args.host, args.name, args.orders, args.dry_run, args.yes, args.json) == (
        "renew", "a.test", 2, True, False, True,
    )  # fmt: skip
    for typed in (["renew", "--dry-run", "a.test"], ["--dry-run", "renew", "a.test"], ["renew", "a.test", "--dry-run"]):
        args = parse(["certs", *typed])
        assert (args.host, args.name, args.dry_run) == ("renew", "a.test", True), typed
    args = parse(["certs", "a.test"])
    assert (args.host, args.name, args.orders) == ("a.test", "", None)
