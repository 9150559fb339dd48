"""Writes an invented job in ways on which the parser was never tuned: other shapes, each in many wordings.

What the parser makes of adverts that nobody here has seen can only be told from such as these. When they have been looked at, they
belong among the known layouts, and new ones take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advert_layouts import Job, bullets, sentence
from advert_wordings import PAGES, bare, pick

AFTER = (
    ("(req'd)", "(pref.)"), ("- mandatory requirement", "- strongly preferred"), ("(must-have!)", "(big plus)"), (": compulsory", ": if possible"),
    ("(required at entry)", "(preferred, not required)"), ("; this is needed", "; this is optional"), ("[Required]", "[Preferred]"), ("— a must", "— nice, but no must"),
)  # fmt: skip


def required_lines(job: Job) -> str:
    """Topics as headings, and under each a line or two that begins with a word for how much it matters."""
    out = [
        job["title"],
        "",
        "About the Role",
        job["about"],
        "",
        "What You'll Work On",
        *bullets(job["duties"]).splitlines(),
        "",
    ]
    for number, topic in enumerate(("Education & Training", "Work Experience", "Skills & Knowledge", "Other")):
        musts, wishes = job["essential"][number::4], job["desirable"][number::4]
        if musts or wishes:
            out += [topic, *(f"Required: {line}" for line in musts), *(f"Preferred: {line}" for line in wishes), ""]
    return "\n".join([*out, "Compensation & Benefits", job["noise"]])


def lower_case(job: Job) -> str:
    """Everything in lower case where a young firm likes it so, arrows as bullets."""
    duties, musts, wishes, other = (one.lower() for one in pick(job, "lower", PAGES))
    return (
        f"{job['title'].lower()}\n\n{job['about']}\n\n{duties}\n{bullets(job['duties'], '→ ')}\n\n{musts}\n{bullets(job['essential'], '→ ')}\n\n"
        f"{wishes}\n{bullets(job['desirable'], '→ ')}\n\n{other}\n{job['noise']}"
    )


def closed(job: Job) -> str:
    """Items that end in semicolons, the last but one with "and", after a half sentence."""
    leads = (
        ("The post-holder will:", "It is essential that applicants have:", "It is desirable that applicants have:"),
        ("You will be asked to:", "Applicants need to be able to show:", "We would additionally be interested in:"),
        (
            "The job consists of the following:",
            "We cannot consider applicants who lack:",
            "Points in favour of an applicant are:",
        ),
    )
    duties, musts, wishes = pick(job, "closed", leads)

    def items(lines: Sequence[str]) -> str:
        return "\n".join(
            f"(i{'i' * number}) {bare(line)}{'.' if number == len(lines) - 1 else '; and' if number == len(lines) - 2 else ';'}"
            for number, line in enumerate(lines)
        )

    return f"{job['title']}\n\n{job['about']}\n\n{duties}\n{bullets(job['duties'])}\n\n{musts}\n{items(job['essential'][:3])}\n{bullets(job['essential'][3:])}\n\n{wishes}\n{items(job['desirable'][:3])}\n{bullets(job['desirable'][3:])}\n\n{job['noise']}"


def trailing(job: Job) -> str:
    """Marks behind each line, in more ways than two."""
    must, wish = pick(job, "trailing", AFTER)
    lines = [*(f"{bare(line)} {must}" if must[0] not in ":;" else f"{bare(line)}{must}" for line in job["essential"])]
    lines += [f"{bare(line)} {wish}" if wish[0] not in ":;" else f"{bare(line)}{wish}" for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']}\n\nYour tasks here\n{bullets(job['duties'])}\n\nYour profile here\n{bullets(lines)}\n\nYour benefits here\n{job['noise']}"


def trailing_flat(job: Job) -> str:
    """The same marks in one paragraph."""
    must, wish = pick(job, "flat", [one for one in AFTER if one[0][0] in "(["])
    return f"{job['title']}. {job['about']} {' '.join(map(sentence, job['duties']))} {' '.join(f'{bare(line)} {must}.' for line in job['essential'])} {' '.join(f'{bare(line)} {wish}.' for line in job['desirable'])} {job['noise']}"


def one_line(job: Job) -> str:
    """Everything in one paragraph, with these headings and colons."""
    duties, musts, wishes, other = (one.rstrip(":?") for one in pick(job, "line", PAGES))
    return (
        f"{job['title']} | {job['about']} {duties}: {' '.join(map(sentence, job['duties']))} {musts}: {' '.join(map(sentence, job['essential']))} "
        f"{wishes}: {' '.join(map(sentence, job['desirable']))} {other}: {job['noise']}"
    )


HELD_OUT: tuple[Callable[[Job], str], ...] = (required_lines, lower_case, closed, trailing, trailing_flat, one_line)
