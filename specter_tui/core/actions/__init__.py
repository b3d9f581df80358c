"""What an action is: the wish, the plan that is shown, the steps, the outcome, the entry in the journal. All pure."""

from specter_tui.core.actions.model import (
    Change,
    Entry,
    Outcome,
    Phase,
    Plan,
    Receipt,
    Result,
    Standing,
    Step,
    Wish,
)

__all__ = ["Change", "Entry", "Outcome", "Phase", "Plan", "Receipt", "Result", "Standing", "Step", "Wish"]
