"""Run the contract server as its own process; options are flags (`--limit 30 --period 2`), or JSON in `--options`.

`--json-line` prints {"url", "control_url", "api_key", "pid"} when ready; `--until-stdin-ends` ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

if __package__ in {None, ""}:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from contract_server import __doc__ as documentation
from contract_server.control import Control
from contract_server.options import CHOICES, Options
from contract_server.running import serve


def read_options(arguments: list[str]) -> tuple[Options, argparse.Namespace]:
    """The options of a command line."""
    parser = argparse.ArgumentParser(
        description=(documentation or "").replace("%", "%%"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json-line", action="store_true")
    parser.add_argument("--until-stdin-ends", action="store_true")
    parser.add_argument("--options", default="{}", help="options as one JSON object")
    plain = Options()
    for item in fields(Options):
        offered = CHOICES.get(item.name)
        said = "|".join(map(str, offered)) if offered else f"default {json.dumps(getattr(plain, item.name))}"
        parser.add_argument(f"--{item.name.replace('_', '-')}", dest=f"o_{item.name}", metavar="VALUE", help=said)
    read = parser.parse_args(arguments)
    options = Options()
    options.set(json.loads(read.options))
    changes: dict[str, Any] = {}
    for item in fields(Options):
        text = getattr(read, f"o_{item.name}")
        if text is not None:
            changes[item.name] = text if isinstance(getattr(plain, item.name), str) else json.loads(text)
    options.set(changes)
    return options, read


async def main(arguments: list[str]) -> None:
    """Serve until a signal, or until stdin ends."""
    options, read = read_options(arguments)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sort in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sort, stop.set)
    if read.until_stdin_ends:
        loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else stop.set())

    def ready(control: Control) -> None:
        about = {**control.about, "pid": os.getpid()}
        print(json.dumps(about) if read.json_line else f"{about['url']}  key {about['api_key']}", flush=True)

    await serve(options, ready, stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
