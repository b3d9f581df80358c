"""Confirming a change: nothing is done that was not agreed to, and nothing hostile reaches the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from specter_tui.cli.action_output import confirm, write_outcome, write_plan
from specter_tui.cli.output import Output
from specter_tui.core.actions import Change, Outcome, Plan, Result
from specter_tui.core.errors import RefusedError

PLAN = Plan("restart", "wiki", "f", changes=(Change("container wiki", "running", "running, started anew"),))
OPENING = replace(PLAN, action="unprotect", opens=("wiki.example.org",))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def asked(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, answer: str, *, yes: bool = False, opened: tuple[str, ...] = ()
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    confirm(Output(Terminal(), io.StringIO(), {"TERM": "xterm"}), plan, yes=yes, opened=opened)


def unasked(plan: Plan, *, yes: bool = False, opened: tuple[str, ...] = ()) -> None:
    confirm(Output(io.StringIO(), io.StringIO(), {}), plan, yes=yes, opened=opened)


def test_without_a_terminal_each_consent_has_to_be_given() -> None:
    unasked(PLAN, yes=True)
    unasked(OPENING, yes=True, opened=("WIKI.example.org.",))
    for plan, given in ((PLAN, {}), (OPENING, {"yes": True}), (OPENING, {"opened": ("wiki.example.org",)})):
        with pytest.raises(RefusedError, match="there is no terminal to ask on"):
            unasked(plan, **given)
    with pytest.raises(RefusedError, match="no terminal") as raised:
        unasked(
            replace(OPENING, opens=("wiki.example.org", "other.example.org")), yes=True, opened=("wiki.example.org",)
        )
    assert raised.value.remedy == "add --open other.example.org"


def test_on_a_terminal_a_change_needs_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(PLAN, monkeypatch, "y")
    asked(PLAN, monkeypatch, "", yes=True)
    for answer in ("", "n", "yesterday"):
        with pytest.raises(RefusedError, match="declined"):
            asked(PLAN, monkeypatch, answer)


def test_what_opens_a_host_needs_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(OPENING, monkeypatch, "wiki.example.org")
    asked(OPENING, monkeypatch, "wiki.example.org", yes=True)
    for answer in ("y", "", "example.org"):
        with pytest.raises(RefusedError, match="the name is another one"):
            asked(OPENING, monkeypatch, answer, yes=True)


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    evil = "\x1b[2J[/x]\u202e"
    plan = Plan(
        evil, evil, "f", evil, (Change(evil, "a\n", f"{evil}\n"),), (evil,), (evil,), (evil,), (evil,), evil, evil
    )
    out, err = io.StringIO(), io.StringIO()
    output = Output(out, err, {})
    write_plan(output, plan)
    write_outcome(output, plan, Outcome(Result.ROLLBACK_FAILED, evil, (evil,), "x"), quiet=False)
    told = out.getvalue() + err.getvalue()
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "FAILED, AND SO DID THE WAY BACK" in err.getvalue()
