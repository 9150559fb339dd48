"""Options that several commands have, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The API's address, if not the service's own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
