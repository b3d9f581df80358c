"""The part of the app that changes things: it offers, asks, and shows; the desk plans and carries out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from specter_tui.core.errors import SpecterError
from specter_tui.ui.acting.acted_on import ActedOn
from specter_tui.ui.acting.permit import Permit
from specter_tui.ui.commands import command
from specter_tui.ui.navigation import Navigation
from specter_tui.ui.options import UiOptions

if TYPE_CHECKING:  # loaded with the first change
    from specter_tui.core.actions.model import Entry, Plan
    from specter_tui.core.actions.ports import Desk, Progress
    from specter_tui.core.snapshot import Snapshot
    from specter_tui.ui.acting.offers import Offer
    from specter_tui.ui.screens.action_page import Carry, MakeMore, MakePlan
    from specter_tui.ui.views.view import View

MakeDesk = Callable[[], "Desk"]
ACTING: Final = frozenset({"protect", "restart", "mend", "actions", "undo", "deploy", "journal", "arm"})
_NOWHERE: Final = ActedOn()
_NO_DESK: Final = "this dashboard can't change anything: it was started without what acts"


class Acting(Navigation):
    """Actions on the thing at the cursor, the journal, and the lock over both."""

    def __init__(self, options: UiOptions, make_desk: MakeDesk | None = None) -> None:
        super().__init__(options)
        self._make_desk = make_desk
        self._desk: Desk | None = None
        self.permit = Permit(read_only=options.read_only, locked=options.locked)
        self._countdown: Timer | None = None
        self._told_interrupted: set[str] = set()  # journal ids

    @property
    def acting_sign(self) -> str:
        """The word for the header: read-only, locked, or how long it stays armed."""
        return self.permit.sign(time.monotonic())

    def _seen(self) -> Snapshot | None:
        """What the person looks at."""
        raise NotImplementedError

    def _acted(self) -> None:
        """Something was changed: everything is read anew."""
        raise NotImplementedError

    def _show_bars(self) -> None:
        """Draws the lines above the view again."""
        raise NotImplementedError

    # What is meant

    @property
    def _place(self) -> ActedOn:
        """The page on top, else the view."""
        place = self.screen if len(self.screen_stack) > 1 else self.view
        return place if isinstance(place, ActedOn) else _NOWHERE

    def _offers(self) -> tuple[Offer, ...]:
        from specter_tui.ui.acting.offers import offers  # brings the model, which the first frame does not need

        chosen, snapshot = self._place.chosen, self._seen()
        return () if chosen is None or snapshot is None else offers(*chosen, snapshot)

    def _interrupted_id(self) -> str:
        """The journal id of the interrupted change that the finding at the cursor is about."""
        from specter_tui.ui.acting.offers import interrupted_id

        chosen, snapshot = self._place.chosen, self._seen()
        return "" if chosen is None or snapshot is None else interrupted_id(*chosen, snapshot)

    def _switched(self, view: View) -> None:
        super()._switched(view)
        if (snapshot := self._seen()) is not None:
            self._tell_interrupted(snapshot)

    def _tell_interrupted(self, snapshot: Snapshot) -> None:
        """Says once of each interrupted change how it is ended; it stands on the first screen for as long as it is."""
        if self.view is None:
            return  # nobody could read it yet
        from specter_tui.core.findings.interrupted import INTERRUPTED

        found = {one.subject.id for one in snapshot.findings if one.code == INTERRUPTED}
        new = found - self._told_interrupted
        self._told_interrupted |= found
        if new:
            key = self._options.keymap.shown(command("actions"))
            self.say(f"a change was interrupted: {key} on its line finishes it or takes it back")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What changes a thing works where there is one at the cursor, or a journal's entry."""
        if action in {"protect", "restart", "mend", "actions"} and self._seen() is None:
            return False  # the first frame, which asks for the keys that work, waits for no model
        if action in {"protect", "restart"}:
            from specter_tui.ui.acting.offers import protecting, restarting

            return bool((protecting if action == "protect" else restarting)(self._offers()))
        if action == "mend":
            from specter_tui.ui.acting.offers import mending

            return bool(mending(self._offers()))
        if action == "actions":
            return bool(self._offers()) or self._place.interrupted is not None or bool(self._interrupted_id())
        if action == "undo" and len(self.screen_stack) > 1:
            return bool(self._place.undoable)
        return super().check_action(action, parameters)

    # Commands

    def action_protect(self) -> None:
        """Protects the thing at the cursor; one that is protected is opened."""
        from specter_tui.ui.acting.offers import protecting

        self._begin_one_of(protecting(self._offers()))

    def action_restart(self) -> None:
        """Restarts what stands behind the thing at the cursor; what does not run is started."""
        from specter_tui.ui.acting.offers import restarting

        self._begin_one_of(restarting(self._offers()))

    def action_mend(self) -> None:
        """Creates and corrects the records of all routed hosts."""
        from specter_tui.ui.acting.offers import MEND

        self._begin_one_of((MEND,))

    def action_actions(self) -> None:
        """Everything that can be done with the thing at the cursor."""
        if (interrupted := self._place.interrupted) is not None:
            self._end_interrupted(interrupted)
        elif journal_id := self._interrupted_id():
            self.run_worker(self._end_by_id(journal_id))
        else:
            self._choose(self._offers())

    def action_deploy(self) -> None:
        """Builds and starts the verify service."""
        from specter_tui.ui.acting.offers import DEPLOY

        self._begin_one_of((DEPLOY,))

    async def action_undo(self) -> None:
        """Takes back what the page shows, else the last change that can be."""
        desk = await self._desk_or_say()
        if desk is None or self._forbidden():
            return
        journal_id = self._place.undoable
        self._open("Undo", "Undo", lambda: desk.plan_undo(journal_id, self._known()), desk.carry_out)

    async def action_journal(self) -> None:
        """Every change with its outcome."""
        desk = await self._desk_or_say()
        if desk is None:
            return
        try:
            entries = await asyncio.to_thread(desk.history)
        except SpecterError as error:
            self.say(error.sentence())
            return
        from specter_tui.ui.screens.journal_page import JournalPage  # loaded when it is asked for

        self.push_screen(JournalPage(entries, self._options))

    def action_arm(self) -> None:
        """Lifts the lock for five minutes, or puts it back."""
        now = time.monotonic()
        self.say(self.permit.toggle(now))
        if self._countdown is None and self.permit.left(now):
            self._countdown = self.set_interval(1.0, self._count_down)
        self._show_bars()

    def _count_down(self) -> None:
        if self._countdown is not None and not self.permit.left(time.monotonic()):
            self._countdown.stop()
            self._countdown = None
        self._show_bars()

    # Beginning

    def _begin_one_of(self, found: Sequence[Offer]) -> None:
        if len(found) == 1:
            self.run_worker(self._begin(found[0]))
        else:
            self._choose(found)

    def _choose(self, found: Sequence[Offer]) -> None:
        from specter_tui.ui.screens.action_menu import ActionMenu  # loaded when it is asked for

        def beginning(offer: Offer) -> Callable[[], None]:
            return lambda: self._begin_one_of((offer,))

        choices = [(one.verb, f"{one.noun} {one.wish.target}".strip(), beginning(one)) for one in found]
        self.push_screen(ActionMenu(choices, self._options))

    async def _begin(self, offer: Offer) -> None:
        desk = await self._desk_or_say()
        if desk is None or self._forbidden():
            return
        from specter_tui.ui.acting.offers import wider
        from specter_tui.ui.screens.adopt_choice import with_adopted  # both loaded when something is asked for

        wish = await with_adopted(self, offer.wish, self._known(), self._options)
        if wish is not None:
            self._open(
                f"{offer.verb} {wish.target or offer.noun}",
                offer.verb,
                lambda: desk.plan(wish, self._known()),
                desk.carry_out,
                with_more=lambda error: desk.plan(wider(wish, error), self._known()),
            )

    async def _end_by_id(self, journal_id: str) -> None:
        desk = await self._desk_or_say()
        if desk is None:
            return
        try:
            entries = await asyncio.to_thread(desk.history)
        except SpecterError as error:
            self.say(error.sentence())
            return
        entry = next((one for one in entries if one.id == journal_id), None)
        if entry is None or entry.standing != "interrupted":
            self.say(f"{journal_id} is not interrupted any more")
        else:
            self._end_interrupted(entry)

    def _end_interrupted(self, entry: Entry) -> None:
        from specter_tui.ui.screens.action_menu import ActionMenu  # loaded when it is asked for

        async def end(verb: str) -> None:
            desk = await self._desk_or_say()
            if desk is None or self._forbidden():
                return
            run = desk.finish if verb == "Finish" else desk.take_back

            async def known() -> Plan:
                return entry.plan

            def carry(_plan: Plan) -> AsyncGenerator[Progress, None]:
                return run(entry.id)

            self._open(f"{verb} {target}", verb, known, carry)

        def beginning(verb: str) -> Callable[[], None]:
            def begin() -> None:
                self.run_worker(end(verb))

            return begin

        target = f"{entry.plan.action} {entry.plan.target}"
        self.push_screen(ActionMenu([(one, target, beginning(one)) for one in ("Finish", "Take back")], self._options))

    def _open(
        self, title: str, verb: str, make_plan: MakePlan, carry: Carry, *, with_more: MakeMore | None = None
    ) -> None:
        from specter_tui.ui.screens.action_page import ActionPage  # loaded when it is asked for

        page = ActionPage(
            title,
            verb,
            make_plan,
            carry,
            self._options,
            refusal=lambda: self.permit.refusal(time.monotonic()),
            ended=self._acted,
            with_more=with_more,
        )
        self.push_screen(page)

    def _forbidden(self) -> bool:
        why = self.permit.refusal(time.monotonic())
        if why:
            self.say(why)
        return bool(why)

    def _known(self) -> Snapshot:
        snapshot = self._seen()
        if snapshot is None:
            raise SpecterError("nothing was read yet", "wait for the first look at the sources")
        return snapshot

    async def _desk_or_say(self) -> Desk | None:
        if self._make_desk is None:
            self.say(_NO_DESK)
            return None
        if self._desk is None:
            try:
                made = await asyncio.to_thread(self._make_desk)
            except SpecterError as error:
                self.say(error.sentence())
                return None
            self._desk = self._desk or made  # two may have asked at once
        return self._desk
