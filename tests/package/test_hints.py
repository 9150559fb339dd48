"""Every public type hint can be resolved at run time, as pydantic, cattrs, typeguard, docs and injectors do it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import subprocess
import sys
import typing
from fractions import Fraction
from typing import Any

import cattrs
import pytest

import cvsense_async as cv

pytestmark = pytest.mark.package

MODULES = ("cvsense_async", "cvsense_async.webhooks", "cvsense_async.sandbox", "cvsense_async.integrations.fastapi")
RESOURCES = ("account", "jobs", "screening", "candidates", "shortlists", "webhooks")


def resolves(thing: Any) -> None:
    """Both ways of asking; some have no signature at all (an enum of the oldest Python, a builtin)."""
    typing.get_type_hints(thing)
    if callable(thing):
        with contextlib.suppress(ValueError):
            inspect.signature(thing, eval_str=True)


def functions_of(cls: type) -> dict[str, Any]:
    """The public functions of a class of ours, and what its properties call."""
    found: dict[str, Any] = {}
    for base in cls.__mro__[:-1]:
        for name, member in vars(base).items():
            plain = member.fget if isinstance(member, property) else member
            plain = plain.func if isinstance(plain, functools.cached_property) else plain
            plain = plain.__func__ if isinstance(plain, classmethod | staticmethod) else plain
            public = not name.startswith("_") or name == "__init__"
            if public and inspect.isfunction(plain) and base.__module__.startswith("cvsense_async"):
                found[name] = plain
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_hints_of_every_public_name_resolve(module: str) -> None:
    """Of each class, its methods and properties, and each function."""
    public = importlib.import_module(module)
    for name in public.__all__:
        thing = getattr(public, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            resolves(thing)
        if inspect.isclass(thing):
            for function in functions_of(thing).values():
                resolves(function)


async def test_the_hints_of_every_call_resolve() -> None:
    """`session.jobs.get` and all its like say what they take and give."""
    async with cv.CVSenseSession("cvs_key", "http://127.0.0.1:1") as session:
        for resource in (getattr(session, name) for name in RESOURCES):
            for name in dir(resource):
                if not name.startswith("_") and callable(method := getattr(resource, name)):
                    resolves(method)
                    assert inspect.signature(method).return_annotation is not inspect.Signature.empty


def test_cattrs_structures_the_settings() -> None:
    """Settings from a file become settings; a fraction still counts exactly."""
    assert cattrs.structure({"limit": 60, "share": 0.5}, cv.RateLimit) == cv.RateLimit(60, share=0.5)
    assert cattrs.structure({"connect": 1}, cv.Timeouts) == cv.Timeouts(connect=1)
    assert cattrs.structure({"attempts": 3}, cv.RetryPolicy) == cv.RetryPolicy(attempts=3)
    assert cv.RateLimit(share=Fraction(1, 3)).slots == 40


def test_pydantic_validates_what_is_called() -> None:
    """`validate_call` on the session's own methods: what fits goes through, what does not is told."""
    pydantic = pytest.importorskip("pydantic")
    checked = pydantic.validate_call(config={"arbitrary_types_allowed": True})
    session = cv.CVSenseSession("cvs_key", "http://127.0.0.1:1")
    assert repr(checked(session.with_options)(timeout="3")) == "<CVSenseSession with options>"
    for method in (session.screen, session.resume, session.screen_one, session.plan):
        checked(method)
    with pytest.raises(pydantic.ValidationError):
        checked(session.with_options)(timeout="soon")


def test_to_resolve_hints_is_what_loads_their_modules() -> None:
    """A session class whose hints nobody reads has loaded no HTTP stack; reading them needs no open session."""
    code = (
        "import sys, typing; from cvsense_async import CVSenseSession; assert 'aiohttp' not in sys.modules; "
        "assert typing.get_type_hints(CVSenseSession.__init__)['connector'].__args__[0].__name__ == 'BaseConnector'"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True, timeout=60)
