"""Writes an invented job in ways on which the parser was never tuned: other shapes, each in many wordings.

What the parser makes of adverts that nobody here has seen can only be told from such as these. When they have been looked at, they
belong among the known layouts, and new ones take their place.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

from advert_layouts import Job, bullets, sentence
from advert_wordings import BODIES, FIRMS, bare, pick


def web_page(job: Job) -> str:
    """HTML with Windows line ends: headings of the fourth order, lists of paragraphs, entities everywhere."""
    duties, musts, wishes, other = (html.escape(one).replace("'", "&rsquo;") for one in pick(job, "page", FIRMS))

    def items(lines: Iterable[str]) -> str:
        return (
            "<ul>\r\n"
            + "".join(f"  <li>\r\n    <span>{html.escape(line)}&nbsp;</span>\r\n  </li>\r\n" for line in lines)
            + "</ul>\r\n"
        )

    return (
        f"<section>\r\n<h2>{html.escape(job['title'])}</h2>\r\n<p>{html.escape(job['about'])}</p>\r\n<h4>{duties}</h4>\r\n{items(job['duties'])}<h4>{musts}</h4>\r\n"
        f"{items(job['essential'])}<h4>{wishes}</h4>\r\n{items(job['desirable'])}<h4>{other}</h4>\r\n<p>{html.escape(job['noise'])}</p>\r\n</section>"
    )


def no_breaks(job: Job) -> str:
    """All on one line, headings in title case without colons, sentences with full stops."""
    names = (
        ("Key Responsibilities", "Required Qualifications", "Preferred Qualifications", "Compensation and Benefits"),
        ("Job Duties", "Basic Requirements", "Desired Skills", "Benefits"),
        (
            "Role Responsibilities",
            "Minimum Requirements and Experience",
            "Additional Preferred Skills",
            "Equal Opportunity Statement",
        ),
    )
    duties, musts, wishes, other = pick(job, "breaks", names)
    return (
        f"{job['title']} {job['about']} {duties} {' '.join(map(sentence, job['duties']))} {musts} {' '.join(map(sentence, job['essential']))} "
        f"{wishes} {' '.join(map(sentence, job['desirable']))} {other} {job['noise']}"
    )


def by_topic_above(job: Job) -> str:
    """What is essential by topics, then what is desirable by topics: the topics' names say nothing of it."""
    _, musts, wishes, other = pick(job, "topics", BODIES)

    def topics(lines: Sequence[str]) -> str:
        half = (len(lines) + 1) // 2
        return f"EDUCATION AND TRAINING\n{bullets(lines[:half], '• ')}\n\nEXPERIENCE AND ABILITIES\n{bullets(lines[half:], '• ')}"

    return f"{job['title']}\n\n{job['about']}\n\nDuties\n{bullets(job['duties'], '• ')}\n\n{musts}\n\n{topics(job['essential'])}\n\n{wishes}\n\n{topics(job['desirable'])}\n\n{other}\n{job['noise']}"


def two_columns(job: Job) -> str:
    """A table whose first column names what the second one lists."""
    _, musts, wishes, _ = pick(job, "columns", BODIES)

    def row(name: str, lines: Iterable[str]) -> str:
        return f"<tr><td><b>{html.escape(name)}</b></td><td><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul></td></tr>"

    return (
        f"<h1>{html.escape(job['title'])}</h1><table>{row('About us', [job['about']])}{row('Tasks', job['duties'])}{row(musts, job['essential'])}{row(wishes, job['desirable'])}"
        f"{row('We offer', [job['noise']])}</table>"
    )


def moscow(job: Job) -> str:
    """A table in text, with words for how much each row matters."""
    must, wish = pick(
        job,
        "moscow",
        (
            ("Must", "Could"),
            ("Must have", "Nice to have"),
            ("required", "a plus"),
            ("High", "Low"),
            ("Essential", "Would be good"),
        ),
    )
    if must == "High":
        must, wish = "Mandatory", "Beneficial"
    rows = [f"| {bare(line)} | {must} |" for line in job["essential"]] + [
        f"| {bare(line)} | {wish} |" for line in job["desirable"]
    ]
    return "\n".join(
        [
            f"# {job['title']}",
            "",
            job["about"],
            "",
            "## The work",
            *(f"+ {line}" for line in job["duties"]),
            "",
            "## Criteria",
            "",
            "| What | How important |",
            "|---|---|",
            *rows,
            "",
            "## Practicalities",
            job["noise"],
        ]
    )


def wished_first(job: Job) -> str:
    """Money first, wishes before needs, the work last."""
    duties, musts, wishes, other = pick(job, "first", (*FIRMS, *BODIES))
    return (
        f"{job['title']}\n\n{other}\n{job['noise']}\n\n{wishes}\n{bullets(job['desirable'], '* ')}\n\n{musts}\n{bullets(job['essential'], '* ')}\n\n"
        f"{duties}\n{bullets(job['duties'], '* ')}\n\n{job['about']}"
    )


HELD_OUT: tuple[Callable[[Job], str], ...] = (web_page, no_breaks, by_topic_above, two_columns, moscow, wished_first)
