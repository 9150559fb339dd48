"""Measures what pasting does: skill names and the advert itself, in many shapes and places, into CVs at hand.

python benchmarks/ebsv/stuffing.py FOLDER [--each]. Prints, for each way of pasting, the largest and smallest move of a
score and how many requirements it turned to evidenced. Names of skills are the advert's own and strangers' in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from cvsense_async.sandbox.ebsv import JobText, Screener, Screening, read_document
from cvsense_async.sandbox.ebsv.document import Document, Line, Section, SectionKind

ADVERTS = Path(__file__).with_name("adverts")
STRANGERS = [
    "Kubernetes",
    " supply chain management",
    " crisis intervention",
    " pivot tables",
    " curriculum development",
    "\n    preparation of statutory accounts",
    " menu planning",
    " network administration",
    " visual merchandising",
    " Python",
    " SQL",
    "\n    management of customer relations",
    " forklift operation",
    " patient assessment",
    " contract negotiation",
    " Photoshop",
    "\n    development of business strategies",
    " lease administration",
    " fraud investigation",
    " brand management",
    " payroll",
]


def shapes(names: Sequence[str], advert: str) -> Iterator[tuple[str, list[str]]]:
    """The ways of pasting, each as lines."""
    yield "a name a line", list(names)
    yield "one long line", [", ".join(names)]
    for size in (3, 5, 10):
        yield f"{size} a line", [", ".join(names[at : at + size]) for at in range(0, len(names), size)]
    yield (
        "5 a line with 'Used'",
        [f"Used {', '.join(names[at : at + 4])} and {names[at + 4]}." for at in range(0, len(names) - 4, 5)],
    )
    yield (
        "10 a line with 'Worked with'",
        [f"Worked with {', '.join(names[at : at + 9])} and {names[at + 9]}." for at in range(0, len(names) - 9, 10)],
    )
    yield (
        "10 a line as 'Technologies'",
        [f"Technologies: {', '.join(names[at : at + 10])}" for at in range(0, len(names), 10)],
    )
    yield "twice, ten a line", [", ".join(names[at : at + 10]) for at in range(0, len(names), 10)] * 2
    lines = [line.strip(" -*•") for line in advert.splitlines() if line.strip()]
    yield "the advert", lines
    yield "the advert in one line", [" ".join(lines)]


def block(document: Document, kind: SectionKind, lines: Sequence[str]) -> Document:
    """The CV with a section more at its end."""
    return attrs.evolve(document, sections=(*document.sections, Section(kind, kind.value, tuple(map(Line, lines)))))


def top(document: Document, lines: Sequence[str]) -> Document:
    """The CV with lines pasted above everything."""
    first, *rest = document.sections
    pasted = attrs.evolve(first, lines=(*map(Line, lines), *first.lines))
    return attrs.evolve(document, sections=(pasted, *rest))


def role(document: Document, lines: Sequence[str], *, between: bool) -> Document:
    """The CV with lines pasted into its first dated role: at its end, or between its sentences."""
    for number, section in enumerate(document.sections):
        for place, one in enumerate(section.roles):
            own = list(one.lines)
            if one.start is None or not own:
                continue
            pasted = [Line(text, own[-1].page) for text in lines]
            mixed = [*own, *pasted]
            if between:
                head, tail = own[:2], own[2:]
                step = max(1, -(-len(pasted) // max(1, len(tail))))
                mixed = head
                for at, line in enumerate(tail):
                    mixed = [*mixed, line, *pasted[at * step : (at + 1) * step]]
                mixed = [*mixed, *pasted[len(tail) * step :]]
            roles = [*section.roles]
            roles[place] = attrs.evolve(one, lines=tuple(mixed))
            inside = {id(line) for line in own}
            kept = [line for line in section.lines if id(line) not in inside]
            at = next((at for at, line in enumerate(section.lines) if id(line) in inside), 0)
            changed = attrs.evolve(section, lines=(*kept[:at], *mixed, *kept[at:]), roles=tuple(roles))
            return attrs.evolve(
                document, sections=(*document.sections[:number], changed, *document.sections[number + 1 :])
            )
    return document


PLACES: dict[str, Callable[[Document, Sequence[str]], Document]] = {
    "top": top,
    "skills": lambda document, lines: block(document, SectionKind.SKILLS, lines),
    "projects": lambda document, lines: block(document, SectionKind.PROJECTS, lines),
    "certifications": lambda document, lines: block(document, SectionKind.CERTIFICATIONS, lines),
    "role": lambda document, lines: role(document, lines, between=False),
    "between": lambda document, lines: role(document, lines, between=True),
}


def evidenced(screening: Screening) -> set[str]:
    """The requirements that are evidenced."""
    return {one.name for one in screening.skills if one.classification.value == "evidenced"}


def main(folder: Path, each: bool) -> None:
    """Prints a line for each place and shape."""
    screener = Screener()
    documents = {path.stem: read_document(path) for path in sorted((*folder.glob("*-1.pdf"), *folder.glob("*.docx")))}
    adverts = [path.read_text("utf-8") for path in sorted(ADVERTS.glob("*.txt"))[::6]]
    moves: dict[tuple[str, str], list[float]] = {}
    turned: dict[tuple[str, str], int] = {}
    for advert in adverts:
        job = screener.prepare(JobText("", advert))
        asked = [
            term for one in job.requirements.requirements for term in (one.alternatives or (one.core or one.name,))
        ]
        names = [
            " ".join(name.split()).strip(" .") for pair in zip(asked * 4, STRANGERS * 3, strict=False) for name in pair
        ]
        for stem, document in documents.items():
            before = screener.judge(job, document)
            for place, paste in PLACES.items():
                for shape, lines in shapes(names[:50], advert):
                    after = screener.judge(job, paste(document, lines))
                    new = evidenced(after) - evidenced(before)
                    moves.setdefault((place, shape), []).append(after.score - before.score)
                    turned[place, shape] = turned.get((place, shape), 0) + len(new)
                    if each and (new or abs(after.score - before.score) > 5):
                        print(stem, place, shape, before.score, after.score, sorted(new)[:2])
    for key, found in moves.items():
        print(f"{key[0]:16}{key[1]:32} {min(found):+6.1f} {max(found):+6.1f}  turned {turned[key]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--each" in sys.argv)
