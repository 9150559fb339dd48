"""`cvsense sandbox serve`: the sandbox in the foreground, with all that is needed to use it from elsewhere."""

from __future__ import annotations

from cvsense_async.errors import MissingExtra

from .consoles import emit, say
from .ending import Stop
from .safe import one_line
from .service import rate_limit as read_rate
from .statuses import FAILURE, OK


def serve(
    *, port: int, db: str | None, key: str | None, credits: int, rate_limit: str, throttle: str, engine: str
) -> int:
    """Serve until a signal comes."""
    rate = read_rate(rate_limit, strict=False)
    try:
        from cvsense_async.sandbox.options import Options, new_key
        from cvsense_async.sandbox.server import Running
        from cvsense_async.sandbox.server import serve as serve_it
    except ImportError as error:
        raise MissingExtra(f'the sandbox needs {error.name}: pip install "cvsense-async[sandbox]"') from None
    options = Options(
        key=key or new_key(),
        port=port,
        db=db,
        credits=credits,
        rate_limit=(rate.limit, rate.per),
        throttle=throttle,
        engine=engine,
    )

    def ready(where: Running) -> None:
        emit(f"export CVSENSE_BASE_URL={where.url}\nexport CVSENSE_API_KEY={one_line(where.api_key)}\n")
        say("the sandbox is running: put the two lines above into another shell, then try `cvsense doctor` there")
        say("its scores are its own, not CVSense's; Ctrl-C ends it")

    try:
        serve_it(options, ready)
    except OSError as error:
        if error.filename is not None:
            raise Stop(f"--db {db}: {error.strerror}; give a file that can be written", FAILURE) from None
        raise Stop(f"it cannot serve on port {port}: {error.strerror or error}; try another --port", FAILURE) from None
    return OK
