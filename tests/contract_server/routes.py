"""The contract's 28 endpoints as method, path and the short name by which faults and the log call each.

Written out as the contract's table is, and matched without regular expressions because every request pays for it.
"""

from __future__ import annotations

TABLE = """
GET    account                                          account
GET    account/credits                                  credits
GET    account/usage                                    usage
GET    jobs                                             jobs.list
POST   jobs                                             jobs.create
GET    jobs/{job}                                       jobs.get
PUT    jobs/{job}                                       jobs.update
DELETE jobs/{job}                                       jobs.delete
GET    jobs/{job}/applications                          jobs.applications
POST   screening/batch                                  create
POST   screening/batch/{batch}/upload                   upload
POST   screening/batch/{batch}/start                    start
GET    screening/batch/{batch}/status                   status
GET    screening/batch/{batch}/results                  results
GET    screening/batch/{batch}/results/{item}           result
GET    screening/batch/{batch}/report/{item}            report
DELETE screening/batch/{batch}                          cancel
GET    candidates                                       candidates.list
GET    candidates/{candidate}                           candidates.get
PUT    candidates/{candidate}/status                    candidates.status
GET    shortlists                                       shortlists.list
POST   shortlists                                       shortlists.create
GET    shortlists/{shortlist}/candidates                shortlists.candidates
POST   shortlists/{shortlist}/candidates                shortlists.add
POST   webhooks                                         webhooks.create
GET    webhooks                                         webhooks.list
DELETE webhooks/{webhook}                               webhooks.delete
POST   webhooks/{webhook}/test                          webhooks.test
"""

Route = tuple[str, str, list[str | None]]


def _routes() -> dict[int, list[Route]]:
    routes: dict[int, list[Route]] = {}
    for line in TABLE.split("\n"):
        if line:
            method, path, op = line.split()
            pieces = [None if piece.startswith("{") else piece for piece in path.split("/")]
            routes.setdefault(len(pieces), []).append((method, op, pieces))
    return routes


ROUTES = _routes()
PATHS = {line.split()[2]: line.split()[1] for line in TABLE.split("\n") if line}


def match(method: str, path: list[str]) -> tuple[str | None, list[str], int]:
    """The operation's name, the ids in the path, and 404 or 405 where there is none."""
    status = 404
    for said, op, pieces in ROUTES.get(len(path), ()):
        if all(piece is None or piece == have for piece, have in zip(pieces, path, strict=True)):
            if said == method:
                return op, [have for piece, have in zip(pieces, path, strict=True) if piece is None], 200
            status = 405
    return None, [], status
