"""A page of results as models of another library: the same fields and types as `cvsense_async.api.screening`."""

# Annotations are needed as types here, so this file does without `from __future__ import annotations`.

from typing import Any


def of(base: Any) -> Any:
    """The class of a page, made of classes that derive from `base` (`msgspec.Struct`, `pydantic.BaseModel`)."""

    class Evidence(base):
        quote: str = ""
        section: str | None = None
        page: int | None = None

    class Skill(base):
        name: str = ""
        classification: str = ""
        importance: str | None = None
        evidence: tuple[Evidence, ...] = ()

    class Candidate(base):
        name: str | None = None
        email: str | None = None

    class Result(base):
        id: int | str
        filename: str = ""
        candidate_id: int | str | None = None
        candidate: Candidate | None = None
        rank: int | None = None
        score: float | None = None
        match_status: str = ""
        summary: str | None = None
        strengths: tuple[str, ...] = ()
        weaknesses: tuple[str, ...] = ()
        skills: tuple[Skill, ...] = ()

    class Meta(base):
        current_page: int = 1
        per_page: int | None = None
        total: int | None = None
        last_page: int | None = None

    class Answer(base):
        success: bool
        data: tuple[Result, ...]
        meta: Meta

    return Answer
