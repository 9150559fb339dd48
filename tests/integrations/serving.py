"""An application on a real socket, in this test's own loop, under the ASGI version that a test asks for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn


class Speaks:
    """A server's other dialect: it claims `spec_version`, and from 2.4 on sending to a client that left is an error."""

    def __init__(self, app: Any, spec_version: str) -> None:
        self.app = app
        self.spec_version = spec_version

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        left = False

        async def receives() -> Any:
            nonlocal left
            message = await receive()
            left = left or message["type"] == "http.disconnect"
            return message

        async def sends(message: Any) -> None:
            if left and self.spec_version >= "2.4":
                raise OSError("the client left")
            await send(message)

        asgi = {**scope["asgi"], "spec_version": self.spec_version}
        await self.app({**scope, "asgi": asgi}, receives, sends)


@contextlib.asynccontextmanager
async def serving(
    app: Any, *, spec_version: str = "2.3", patience: int = 5, http: Any = "auto", lifespan: Any = "on"
) -> AsyncIterator[str]:
    """Serve while the block lasts; gives the address. `patience`: seconds for open requests when it stops."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    settings = uvicorn.Config(
        Speaks(app, spec_version),
        log_level="critical",
        lifespan=lifespan,
        timeout_graceful_shutdown=patience,
        ws="none",
        http=http,
    )
    server = uvicorn.Server(settings)
    task = asyncio.create_task(server._serve([listening]))  # without the signal handlers of serve()
    async with asyncio.timeout(10):
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the application did not start")
            await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()
