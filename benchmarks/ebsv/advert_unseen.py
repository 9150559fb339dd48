"""Writes an invented job in ways on which the parser was never tuned: other shapes, each in many wordings.

What the parser makes of adverts that nobody here has seen can only be told from such as these. When they have been looked at, they
belong among the known layouts, and new ones take their place.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

from advert_layouts import Job, bullets, sentence
from advert_wordings import Wording, bare, pick

OFFICES: Sequence[Wording] = (
    ("What success looks like in this role", "Experience you'll bring to the team", "Skills that would be beneficial", "Location and travel"),
    ("Primary responsibilities", "You'll be rewarded and recognized for your performance. Required qualifications:", "Preferred qualifications:", "Careers at the group"),
    ("What you'll tackle", "What you should already know", "What could set you apart", "Perks and pay"),
    ("Your main tasks will be", "To be successful in this position you should have", "Considered a plus", "Our benefits"),
    ("Role description", "Candidate requirements", "Additional assets", "Recruitment timetable"),
    ("In your new role you will", "Your background", "It is also desirable that you have", "Application and contact"),
    ("Position summary", "Education, licences and experience (required)", "Education, licences and experience (preferred)", "Shift and hours"),
    ("The challenge", "You'd be a great addition if you have", "You'd be an even greater one with", "The people you'd work with"),
    ("How you will spend your time", "The must-haves", "The nice-to-haves", "The legal bit"),
    ("Job functions", "Job qualifications", "Other qualifications that are an asset", "Employment equity"),
)  # fmt: skip


def plain_page(job: Job) -> str:
    """A page of plain text, stars as bullets, an empty line above and below each heading."""
    duties, musts, wishes, other = pick(job, "plain page", OFFICES)
    return (
        f"{job['title']}\n\nCompany: Example Ltd\nLocation: Leeds\n\n{job['about']}\n\n{duties}\n\n{bullets(job['duties'], '* ')}\n\n{musts}\n\n{bullets(job['essential'], '* ')}\n\n"
        f"{wishes}\n\n{bullets(job['desirable'], '* ')}\n\n{other}\n\n{job['noise']}"
    )


def pasted_flat(job: Job) -> str:
    """Lines without marks or empty lines."""
    duties, musts, wishes, other = pick(job, "pasted flat", OFFICES)
    return "\n".join(
        [
            job["title"],
            job["about"],
            duties,
            *job["duties"],
            musts,
            *job["essential"],
            wishes,
            *job["desirable"],
            other,
            job["noise"],
        ]
    )


def labelled_paragraph(job: Job) -> str:
    """One paragraph with these headings and colons."""
    duties, musts, wishes, other = (one.rstrip(":") for one in pick(job, "labelled", OFFICES))
    return (
        f"{job['title']}. {job['about']} {duties}: {' '.join(map(sentence, job['duties']))} {musts}: {' '.join(map(sentence, job['essential']))} "
        f"{wishes}: {' '.join(map(sentence, job['desirable']))} {other}: {job['noise']}"
    )


def marks_in_front(job: Job) -> str:
    """One list without headings for kinds, each line with a word in front, or a word behind it in brackets."""
    must, wish = pick(
        job,
        "front",
        (
            ("Essential -", "Desirable -"),
            ("(required)", "(preferred)"),
            ("Must have:", "Good to have:"),
            ("* Required *", "* Optional *"),
            ("Mandatory:", "Advantageous:"),
        ),
    )
    lines = [f"{must} {line}" for line in job["essential"]] + [f"{wish} {line}" for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']}\n\nWhat the job entails\n{bullets(job['duties'], '• ')}\n\nWhat we ask of candidates\n{bullets(lines, '• ')}\n\nPay and conditions\n{job['noise']}"


def page_source(job: Job) -> str:
    """HTML with headings as underlined or strong text before breaks, lists as lists."""
    duties, musts, wishes, other = (html.escape(one) for one in pick(job, "source", OFFICES))

    def items(lines: Iterable[str]) -> str:
        return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"

    return (
        f"<article><h1>{html.escape(job['title'])}</h1><p>{html.escape(job['about'])}</p><p><u>{duties}</u><br></p>{items(job['duties'])}<p><strong>{musts}</strong><br></p>{items(job['essential'])}"
        f"<p><strong>{wishes}</strong></p>{items(job['desirable'])}<p><em><strong>{other}</strong></em></p><p>{html.escape(job['noise'])}</p></article>"
    )


def suffixes_flat(job: Job) -> str:
    """Lines without marks, headings or bullets, with a word in brackets behind each requirement."""
    must, wish = pick(
        job,
        "suffixes",
        (
            ("(required)", "(preferred)"),
            ("(essential)", "(desirable)"),
            ("(minimum)", "(preferred)"),
            ("(must have)", "(nice to have)"),
            ("[mandatory]", "[a plus]"),
        ),
    )
    return "\n".join(
        [
            job["title"],
            job["about"],
            *job["duties"],
            *(f"{bare(line)} {must}" for line in job["essential"]),
            *(f"{bare(line)} {wish}" for line in job["desirable"]),
            job["noise"],
        ]
    )


HELD_OUT: tuple[Callable[[Job], str], ...] = (
    plain_page, pasted_flat, labelled_paragraph, marks_in_front, page_source, suffixes_flat,
)  # fmt: skip
