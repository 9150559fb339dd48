"""Options that several commands have, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The API's address, if not the service's own.")
]


def examples(*commands: str) -> str:
    """The end of a command's help: how people call it."""
    return "\n".join(["\b", f"Example{'s' if len(commands) > 1 else ''}:", *(f"  cvsense {one}" for one in commands)])


FailOnRejected = Annotated[
    bool,
    typer.Option("--fail-on-rejected", help="Exit with 3 where a CV was rejected (not as a duplicate) or is invalid."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
