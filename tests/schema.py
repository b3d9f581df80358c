"""Holds documents to the JSON Schema in the package."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator


@cache
def _validator(command: str) -> Draft202012Validator:
    schema = json.loads(files("specter_tui").joinpath("schemas/v1.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    _close(schema)
    wanted = {"$ref": f"#/$defs/{command}_document", "$defs": schema["$defs"]}
    return Draft202012Validator(wanted, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _close(part: object) -> None:
    """Makes every object of the schema refuse what it does not name: readers must be lenient, the program must not."""
    if isinstance(part, dict):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
        for inner in part.values():
            _close(inner)
    elif isinstance(part, list):
        for inner in part:
            _close(inner)


def check(document: dict[str, Any], command: str) -> None:
    """Raises when the document is not what `command --json` promises."""
    _validator(command).validate(json.loads(json.dumps(document)))
