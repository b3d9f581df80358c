"""The registry of commands: bindings, key bar, help page, palette and the person's own keys all come from here.

A command `sort.host` is done by `action_sort("host")` of the nearest node that has it and whose `check_action` lets
it. Scopes say where a command works. Those of `Scope.APP` work everywhere, so their keys may not be used again
anywhere; those of `Scope.BROWSE` work everywhere but in the logs, which have the digits for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """Where a command works."""

    HOME = "on the first screen"
    TABLE = "in a table"
    PAGE = "on a page"
    LOGS = "in logs"
    BROWSE = "everywhere but in logs"
    APP = "everywhere"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do; `bar` is its word in the key bar of `bar_in`, empty where it has none.

    With `first` its key counts before anything else sees it, so that keys that come in one burst right behind it,
    over a slow line, find what it opened.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scopes: tuple[Scope, ...]
    bar: str = ""
    palette: bool = True
    bar_in: tuple[Scope, ...] = tuple(Scope)
    first: bool = False

    @property
    def verb(self) -> str:
        """The name of the Textual action, without its argument."""
        return self.id.partition(".")[0].replace("-", "_")

    @property
    def argument(self) -> tuple[str, ...]:
        """What the action is called with: nothing, or what stands behind the point of the id."""
        _, point, rest = self.id.partition(".")
        return (rest,) if point else ()

    @property
    def action(self) -> str:
        """The Textual action."""
        return f"{self.verb}({', '.join(map(repr, self.argument))})"


_APP: Final = (Scope.APP,)
_BROWSE: Final = (Scope.BROWSE,)
_TABLE: Final = (Scope.TABLE,)
_HERE: Final = (Scope.TABLE, Scope.PAGE)
_LISTS: Final = (Scope.HOME, Scope.TABLE, Scope.PAGE, Scope.LOGS)
_LOGS: Final = (Scope.LOGS,)
_PAGE: Final = (Scope.PAGE,)
_ACT: Final = (Scope.HOME, Scope.TABLE, Scope.PAGE)


def _view(name: str, key: str, label: str, what: str) -> Command:
    return Command(f"view.{name}", (key,) if key else (), label, what, _BROWSE)


def _since(key: str, label: str, what: str, bar: str = "") -> Command:
    return Command(f"since.{key}", (key,), label, what, _LOGS, bar)


COMMANDS: Final[tuple[Command, ...]] = (
    _view("home", "1", "Home", "what needs you, what soon, what changed"),
    _view("routes", "2", "Routes", "every router with all that hangs on it"),
    _view("hosts", "3", "Hosts", "who is protected and who is open"),
    _view("containers", "4", "Containers", "state, health, networks, ports"),
    _view("certificates", "5", "Certificates", "names, expiry, renewal"),
    _view("dns", "6", "DNS", "the records of Cloudflare"),
    _view("middlewares", "7", "Middlewares", "what requests pass, and which routes use it"),
    _view("doctor", "8", "Doctor", "every finding with its evidence and its remedy"),
    _view("logs", "9", "Logs", "what containers write"),
    _view("services", "", "Services", "servers and their health"),
    Command("history.back", ("[", "alt+left"), "Where I was", "the view, row and filter before this one", _BROWSE),
    Command("history.forward", ("]", "alt+right"), "Forward again", "undoes a step back", _BROWSE),
    Command(
        "filter",
        ("/",),
        "Filter",
        'words, "two words", /regex/, !not, host:wiki',
        (Scope.TABLE, Scope.LOGS),
        "filter",
        first=True,
    ),
    Command(
        "open",
        ("enter",),
        "Go deeper",
        "the detail of the row at the cursor",
        (Scope.HOME, Scope.TABLE),
        "open",
        bar_in=(Scope.HOME,),
    ),
    Command("describe", ("d",), "Describe", "everything known of the row, as a page", _TABLE, "describe"),
    Command("raw", ("y",), "Raw", "all of it as JSON; again as YAML, and back", _HERE, "raw", bar_in=_PAGE),
    Command(
        "related",
        ("u",),
        "Related",
        "goes to what hangs on the row, or on what it hangs",
        _HERE,
        "related",
        bar_in=_PAGE,
    ),
    Command("logs", ("l",), "Logs of this", "what the containers behind the row write", _HERE, "logs"),
    Command("protect", ("p",), "Protect", "asks for a sign-in there, after showing what that changes", _ACT, "protect"),
    Command("restart", ("r",), "Restart", "the container behind it, after showing what that takes", _ACT, "restart"),
    Command("mend", ("m",), "Mend DNS", "creates and corrects records, after showing each", _ACT, "mend"),
    Command("actions", ("x",), "Actions", "all that can be done with it; each asks first", _ACT, "actions"),
    Command("undo", ("z",), "Undo", "takes a change back, after showing what that does", _ACT, "undo", bar_in=_PAGE),
    Command("journal", ("@",), "Journal", "what was changed, by whom, with which outcome", _BROWSE),
    Command(
        "deploy", (), "Deploy verify", "builds and starts the sign-in service, after showing what it takes", _BROWSE
    ),
    Command("arm", ("!",), "Arm", "lifts the lock for 5 minutes, where there is one; again locks", _BROWSE),
    Command(
        "back",
        ("escape",),
        "Back",
        "clears the filter, else leaves the page, else goes where I was",
        _LISTS,
        "back",
        palette=False,
        bar_in=(Scope.PAGE, Scope.LOGS),
    ),
    Command("down", ("j", "down"), "Down", "one row or line", _LISTS, palette=False),
    Command("up", ("k", "up"), "Up", "one row or line", _LISTS, palette=False),
    Command("page-down", ("pagedown", "ctrl+d"), "Page down", "one screen", _LISTS, palette=False),
    Command("page-up", ("pageup", "ctrl+u"), "Page up", "one screen", _LISTS, palette=False),
    Command("top", ("g", "home"), "Top", "the first row or line", _LISTS),
    Command("bottom", ("G", "end"), "Bottom", "the last row or line", _LISTS),
    _since("0", "The last lines", "the last 500 lines; with a filter they are looked for in the last 100,000", "since"),
    _since("1", "The first lines", "the first 5,000 lines, and no later ones"),
    _since("2", "Last minute", "what was written since a minute ago"),
    _since("3", "Last 5 minutes", "what was written since 5 minutes ago"),
    _since("4", "Last 15 minutes", "what was written since 15 minutes ago"),
    _since("5", "Last 30 minutes", "what was written since 30 minutes ago"),
    _since("6", "Last hour", "what was written since an hour ago"),
    Command("no-view", ("7", "8", "9"), "No view", "digits choose since here; esc leaves first", _LOGS, palette=False),
    Command("find", ("f",), "Find", "looks for words or a /regex/ and marks it", _LOGS, "find", first=True),
    Command("choose", ("a",), "Choose", "whose lines are shown, one container or several", _LOGS, "choose"),
    Command("find-next", ("n",), "Next match", "the next match further down", _LOGS),
    Command("find-previous", ("N",), "Previous match", "the next match further up", _LOGS),
    Command("follow", ("s",), "Follow", "keeps the newest line on the screen, or stands still", _LOGS, "follow"),
    Command("timestamps", ("t",), "Times", "shows when each line was written", _LOGS, "times"),
    Command("wrap", ("w",), "Wrap", "long lines go on in the next row, or are cut", _LOGS, "wrap"),
    Command("colour-codes", ("e",), "Colour codes", "shows the codes of colours, or leaves them out", _LOGS, "codes"),
    Command("mark", ("m",), "Mark", "draws a line below the last one", _LOGS, "mark"),
    Command("clear", ("C",), "Clear", "begins with what is written from now on", _LOGS, "clear"),
    Command(
        "mark-row", ("space",), "Mark a row", "one more, where several are chosen from", _LOGS, "mark", palette=False
    ),
    Command("sort.state", ("S",), "Sort by state", "the broken first; again turns it round", _TABLE),
    Command("sort.name", ("N",), "Sort by name", "by the column that names the row", _TABLE),
    Command("sort.host", ("H",), "Sort by host", "by name; again turns it round", _TABLE),
    Command("sort.protection", ("T",), "Sort by protection", "the open first", _TABLE),
    Command("sort.certificate", ("C",), "Sort by certificate", "the soonest expiry first", _TABLE),
    Command("sort.next", ("o",), "Sort by next column", "left to right; a click on a heading too", _TABLE),
    Command("palette", (":", "ctrl+p"), "Commands", "every command by its name", _APP, "commands", palette=False),
    Command("help", ("?",), "Help", "every key that works", _APP, "help"),
    Command("copy", ("c",), "Copy", "the row's name or the page's text, over ssh too", _LISTS, "copy"),
    Command("pause", ("P",), "Pause", "stops reading; again goes on", _APP, "pause"),
    Command("refresh", ("ctrl+r",), "Refresh now", "reads every source, also while paused", _APP),
    Command("select-text", ("M",), "Select text", "gives the mouse to the terminal; again takes it back", _APP),
    Command("theme", (), "Dark or light", "changes between the two themes", _APP),
    Command("quit", ("q", "ctrl+c"), "Quit", "ends the dashboard, changes nothing", _APP, "quit"),
)
_BY_ID: Final = {one.id: one for one in COMMANDS}


def command(id: str) -> Command:  # noqa: A002  a command's own word
    """The command of that id."""
    return _BY_ID[id]
