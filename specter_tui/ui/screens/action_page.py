"""A change: its plan, the person's yes, its steps as they happen, the outcome; one page from begin to end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Input
from textual.worker import Worker, WorkerState

from specter_tui.core.actions.model import Outcome, Plan, Result, Step
from specter_tui.core.errors import MoreNeeded, SpecterError
from specter_tui.ui.commands import Scope
from specter_tui.ui.keymap import MOVES, bindings
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Line, Piece, Role, outside
from specter_tui.ui.present.plan import answer_to, lost_lines, more_lines, outcome_lines, plan_lines, step_lines
from specter_tui.ui.screens.page import Page
from specter_tui.ui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from specter_tui.core.actions.ports import Progress

MakePlan = Callable[[], Awaitable[Plan]]
MakeMore = Callable[[MoreNeeded], Awaitable[Plan]]
Carry = Callable[[Plan], "AsyncGenerator[Progress, None]"]


class Stage(Enum):
    """How far it has come."""

    PLANNING = auto()
    WAITING = auto()  # refused unless the person says more, for which they are asked
    ASKING = auto()
    RUNNING = auto()
    ENDED = auto()


class ActionPage(Page):
    """Nothing is done before the person says so: the cursor begins on Cancel, and what opens a host is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.PAGE, only=MOVES),
        ("left", "choose('cancel')"),
        ("right", "choose('confirm')"),
    ]

    def __init__(
        self,
        title: str,
        verb: str,
        make_plan: MakePlan,
        carry: Carry,
        options: UiOptions,
        *,
        refusal: Callable[[], str],
        ended: Callable[[], None],
        with_more: MakeMore | None = None,
    ) -> None:
        super().__init__(title, options)
        self.verb = verb
        self.stage = Stage.PLANNING
        self.plan: Plan | None = None
        self.outcome: Outcome | None = None
        self._make_plan = make_plan
        self._carry = carry
        self._refusal = refusal  # why nothing may be changed now, empty when it may
        self._ended = ended
        self._with_more = with_more  # the same, wanted with what it was refused for
        self._more: MoreNeeded | None = None
        self._steps: list[Step] = []
        self._broken = ""  # why nothing more is heard of what was begun
        self._typed = Input(placeholder="", id="typed-hosts", compact=True)
        self._typed.cursor_blink = False  # nothing is written while nothing changes
        self._confirm = Button(verb, id="confirm", compact=True)
        self._cancel = Button("Cancel", id="cancel", compact=True)

    def compose(self) -> ComposeResult:
        """The text, the line for typed names, the two answers, the key bar."""
        yield self.pane
        yield self._typed
        with Horizontal(id="answers"):
            yield self._cancel
            yield self._confirm
        yield KeyBar(self.options.keymap, Scope.PAGE)

    def on_mount(self) -> None:
        """Makes the plan."""
        super().on_mount()
        self.run_worker(self._plan(), exit_on_error=False)

    @property
    def undoable(self) -> str:
        """The journal id of what was just done, empty when it can't be taken back."""
        done = self.outcome is not None and self.outcome.result is Result.DONE
        return self.outcome.journal_id if done and self.outcome and self.plan and self.plan.undo else ""

    # Its way

    async def _plan(self) -> None:
        try:
            self.plan = await self._make_plan()
        except SpecterError as error:
            if isinstance(error, MoreNeeded) and self._with_more is not None:
                self._offer(error)
                return
            self._end(Outcome(Result.REFUSED, error.sentence()))
            return
        self.stage = Stage.ASKING
        self._typed.placeholder = f"type {' '.join(self.plan.opens)} to open it to everyone" if self.plan.opens else ""
        self._confirm.disabled = bool(self.plan.opens) or not self.plan.changes
        self.add_class("-asking")
        self.set_class(bool(self.plan.opens), "-typing")
        self.show()
        self.set_focus(self._typed if self.plan.opens else self._cancel)

    def _offer(self, error: MoreNeeded) -> None:
        """Asks whether it is wanted all the same; then it plans again."""
        self._more, self.stage = error, Stage.WAITING
        self._confirm.label = answer_to(error)
        self.add_class("-asking")
        self.show()
        self.set_focus(self._cancel)

    def _include(self) -> None:
        with_more, error = self._with_more, self._more
        if with_more is not None and error is not None:
            self._make_plan, self._with_more = (lambda: with_more(error)), None
        self._more, self.stage = None, Stage.PLANNING
        self._confirm.label = self.verb
        self.remove_class("-asking")
        self.show()
        self.run_worker(self._plan(), exit_on_error=False)

    async def _run(self, plan: Plan) -> None:
        async with aclosing(self._carry(plan)) as progress:
            async for one in progress:
                if isinstance(one, Step):
                    self._steps.append(one)
                    self._show_end()
                else:
                    self._end(one)
                    self._ended()

    def _end(self, outcome: Outcome) -> None:
        self.outcome, self.stage = outcome, Stage.ENDED
        self.remove_class("-asking", "-typing")
        self._show_end()
        for bar in self.query(KeyBar):
            bar.refresh()  # z works from now on, or still does not

    def _show_end(self) -> None:
        self.show()
        self.set_focus(self.pane)
        self.pane.action_bottom()
        self.call_after_refresh(self.pane.action_bottom)  # where a text that fitted has just become too long

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What broke in this program is said here; what was begun goes on without it."""
        if event.state is WorkerState.ERROR:
            why = f"{type(event.worker.error).__name__}: {event.worker.error}"
            if self.stage is not Stage.RUNNING:
                self._end(Outcome(Result.REFUSED, why))
                return
            self._broken, self.stage = why, Stage.ENDED
            self._show_end()

    # What is shown

    def lines(self) -> tuple[Line, ...]:
        """Everything so far."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[Line]:
        glyphs = self.options.glyphs
        via = f"   by {self.plan.via}" if self.plan is not None and self.plan.via else ""
        yield (outside(self.subject, Role.STRONG), outside(via, Role.MUTED))
        yield (Piece(" "),)
        if self.stage is Stage.PLANNING:
            yield (Piece("looking at what it would do ...", Role.MUTED),)
        if self._more is not None:
            yield from more_lines(self._more, glyphs)
        if self.plan is not None:
            yield from plan_lines(self.plan, glyphs)
        if self._steps or self.stage is Stage.RUNNING:
            yield (Piece(" "),)
            yield from step_lines(self._steps, glyphs, running=self.stage is Stage.RUNNING)
        if self._broken:
            yield from lost_lines(self._broken, glyphs)
        if self.outcome is not None:
            yield from outcome_lines(self.outcome, glyphs)

    # Commands

    @on(Input.Changed)
    def _typing(self, event: Input.Changed) -> None:
        wanted = self.plan.opens if self.plan is not None else ()
        self._confirm.disabled = event.value.split() != list(wanted)

    @on(Input.Submitted)
    def _typed_all(self) -> None:
        self.set_focus(self._cancel if self._confirm.disabled else self._confirm)

    def action_choose(self, which: str) -> None:
        """Moves between the two answers."""
        if self.stage in {Stage.ASKING, Stage.WAITING}:
            self.set_focus(self._cancel if which == "cancel" or self._confirm.disabled else self._confirm)

    @on(Button.Pressed, "#cancel")
    def action_back(self) -> None:
        """Leaves the page; what has begun goes on."""
        self.dismiss(None)

    @on(Button.Pressed, "#confirm")
    def _confirmed(self) -> None:
        if self.stage is Stage.WAITING:
            self._include()
            return
        if self.stage is not Stage.ASKING or self.plan is None:
            return
        if why := self._refusal():  # it may have been locked again meanwhile
            self._end(Outcome(Result.REFUSED, why))
            return
        self.stage = Stage.RUNNING
        self.remove_class("-asking", "-typing")
        self._show_end()
        self.run_worker(self._run(self.plan), exit_on_error=False)

    def action_down(self) -> None:
        """One line down."""
        self.pane.action_down()

    def action_up(self) -> None:
        """One line up."""
        self.pane.action_up()

    def action_page_down(self) -> None:
        """One screen down."""
        self.pane.action_page_down()

    def action_page_up(self) -> None:
        """One screen up."""
        self.pane.action_page_up()

    def action_top(self) -> None:
        """The first line."""
        self.pane.action_top()

    def action_bottom(self) -> None:
        """The last line."""
        self.pane.action_bottom()
