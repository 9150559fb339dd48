"""How fast pages of 100 results are read: from bytes to models.

    python benchmarks/decode.py [--rounds 7]

msgspec and pydantic read the same page into models of the same fields; orjson makes no models and is the floor. Ours
also takes numbers as texts, unknown values of an enumeration and fields that do not fit, and keeps what it does not
know: the service is documented in part only.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import peers

if __name__ == "__main__":
    peers.enter()

from tables import ratio, table

FLOOR, OURS = "orjson, no models", "cvsense_async"


def page(count: int = 100) -> bytes:
    """A page of results as the service sends it."""
    chance = random.Random(1)
    skills = ["SQL", "Python", "Airflow", "Spark", "dbt", "Kafka"]
    results = [
        {
            "id": number,
            "filename": f"cv-{number}.pdf",
            "candidate_id": number + 1000,
            "candidate": {"name": f"Person {number}", "email": f"person-{number}@example.org"},
            "rank": number,
            "score": chance.randrange(100),
            "match_status": chance.choice(["strong", "good", "fair", "limited"]),
            "summary": "Six years of data engineering, three of them with the tools that the job names.",
            "strengths": ["Long experience of SQL", "Has led a team"],
            "weaknesses": ["No Kafka"],
            "skills": [
                {
                    "name": skill,
                    "classification": chance.choice(["evidenced", "claimed", "missing"]),
                    "importance": chance.choice(["essential", "desirable"]),
                    "evidence": [{"quote": f"Built pipelines with {skill}", "section": "Experience", "page": 1}],
                }
                for skill in skills
            ],
        }
        for number in range(count)
    ]
    meta = {"current_page": 1, "per_page": count, "total": count, "last_page": 1}
    return json.dumps({"success": True, "data": results, "meta": meta}).encode()


def ours() -> Callable[[bytes], Any]:
    """This package's way."""
    from cvsense_async.api import codec
    from cvsense_async.api.screening import ListResults

    call = ListResults(1)
    return lambda body: codec.decode_answer(call, codec.parse(body))


def readers() -> dict[str, Callable[[bytes], Any]]:
    """Everybody's way from bytes to models."""
    import msgspec
    import orjson
    import pydantic
    import shapes

    typed = msgspec.json.Decoder(shapes.of(msgspec.Struct))
    checked = pydantic.TypeAdapter(shapes.of(pydantic.BaseModel))
    return {
        FLOOR: orjson.loads,
        OURS: ours(),
        "msgspec": typed.decode,
        "pydantic": checked.validate_json,
    }


def spent(read: Callable[[bytes], Any], body: bytes, times: int) -> float:
    """Seconds of CPU time a page."""
    gc.collect()
    before = time.process_time()
    for _ in range(times):
        read(body)
    return (time.process_time() - before) / times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    body, reads = page(), readers()
    rounds: dict[str, list[float]] = {name: [] for name in reads}
    for read in reads.values():
        read(body)
    for _ in range(given.rounds):
        for name, read in reads.items():
            rounds[name].append(spent(read, body, 20))
    print(f"a page of 100 results, {len(body)} bytes\n")
    table(
        ["reader", "pages a second", "time against orjson", "time against pydantic"],
        [
            [
                name,
                f"{1 / statistics.median(rounds[name]):.0f}",
                f"{ratio(rounds, name, FLOOR):.1f}",
                f"{ratio(rounds, name, 'pydantic'):.2f}",
            ]
            for name in reads
        ],
    )


if __name__ == "__main__":
    main()
