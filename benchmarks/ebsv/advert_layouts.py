"""Writes an invented job in the many ways in which people lay adverts out: those on which the parser is tuned.

One job in all layouts shows what the layout alone does to the reading.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

Job = dict[str, Any]


def bullets(lines: Iterable[str], mark: str = "- ") -> str:
    return "\n".join(mark + line for line in lines)


def sentence(line: str) -> str:
    line = line[0].upper() + line[1:]
    return line if line.endswith(".") else line + "."


def headed(job: Job) -> str:
    return (
        f"{job['title']}\n\n{job['about']}\n\nResponsibilities\n{bullets(job['duties'])}\n\nMinimum qualifications\n"
        f"{bullets(job['essential'])}\n\nPreferred qualifications\n{bullets(job['desirable'])}\n\nBenefits\n{job['noise']}"
    )


def british(job: Job) -> str:
    return (
        f"{job['title']}\n{job['noise']}\n\nThe role\n{' '.join(map(sentence, job['duties']))}\n\nEssential criteria:\n"
        f"{bullets(job['essential'], '• ')}\n\nDesirable criteria:\n{bullets(job['desirable'], '• ')}\n\nHow to apply\nSend your CV and a letter by Friday."
    )


def unbulleted(job: Job) -> str:
    lines = [job["title"], "", "Responsibilities", *job["duties"], "Minimum qualifications", *job["essential"]]
    return "\n".join([*lines, "Preferred qualifications", *job["desirable"]])


def capitals(job: Job) -> str:
    numbered = "\n".join(f"{n}. {line}" for n, line in enumerate(job["essential"], 1))
    wanted = "\n".join(f"{n}) {line}" for n, line in enumerate(job["desirable"], 1))
    return (
        f"{job['title'].upper()}\n\nANNUAL SALARY\n$50,000 to $70,000\n\nDUTIES\n{' '.join(map(sentence, job['duties']))}\n\n"
        f"REQUIREMENTS/MINIMUM QUALIFICATIONS\n{numbered}\n\nDESIRABLE QUALIFICATIONS\n{wanted}\n\nNOTES:\n1. The salary is subject to change."
        f"\n\nSELECTION PROCESS\nThe examination will consist of an interview, in which candidates may be asked about knowledge of the work.\n{job['noise']}"
    )


def suffixed(job: Job) -> str:
    lines = [f"{line.rstrip('.')} (required)" for line in job["essential"]] + [
        f"{line.rstrip('.')} (preferred)" for line in job["desirable"]
    ]
    return f"{job['title']}\n\n{job['about']}\n\nWhat you will do\n{bullets(job['duties'])}\n\nRequirements\n{bullets(lines, '* ')}\n\n{job['noise']}"


def suffixed_flat(job: Job) -> str:
    lines = [f"{line.rstrip('.')} (essential)." for line in job["essential"]] + [
        f"{line.rstrip('.')} (desirable)." for line in job["desirable"]
    ]
    return f"{job['title']}. {job['about']} {' '.join(map(sentence, job['duties']))} {' '.join(lines)} {job['noise']}"


def paragraph(job: Job) -> str:
    return (
        f"{job['title']}. {job['about']} Responsibilities: {' '.join(map(sentence, job['duties']))} Minimum qualifications: "
        f"{' '.join(map(sentence, job['essential']))} Preferred qualifications: {' '.join(map(sentence, job['desirable']))}"
    )


def run_on(job: Job) -> str:
    return (
        f"{job['title']} Responsibilities {' '.join(map(sentence, job['duties']))} Minimum qualifications "
        f"{' '.join(map(sentence, job['essential']))} Preferred qualifications {' '.join(map(sentence, job['desirable']))}"
    )


def marked_up(job: Job) -> str:
    def items(lines: Iterable[str]) -> str:
        return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"

    return (
        f"<h1>{html.escape(job['title'])}</h1><p>{html.escape(job['about'])}</p><p><strong>What you&#39;ll do</strong></p>{items(job['duties'])}"
        f"<p><strong>What you&#39;ll bring</strong></p>{items(job['essential'])}<p><strong>Nice to have:</strong></p>{items(job['desirable'])}"
        f"<h3>What we offer</h3><p>{html.escape(job['noise'])}</p>"
    )


def broken_html(job: Job) -> str:
    def items(lines: Iterable[str]) -> str:
        return "<br>".join(f"&bull; {html.escape(line)}" for line in lines)

    return (
        f"<div><b>{html.escape(job['title'])}</b><br><br>{html.escape(job['about'])}<br><br><b>Must have</b><br>{items(job['essential'])}<br><br>"
        f"<b>Bonus points</b><br>{items(job['desirable'])}<br><br><b>Benefits</b><br>{html.escape(job['noise'])}</div>"
    )


def letters(job: Job) -> str:
    """No headings at all: sentences that say it themselves."""
    musts = [f"You must have the following: {line[0].lower()}{line[1:].rstrip('.')}." for line in job["essential"]]
    wishes = [f"{line.rstrip('.')} would be an advantage." for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']} {' '.join(map(sentence, job['duties']))}\n\n{' '.join(musts)} {' '.join(wishes)}\n\n{job['noise']}"


def plain(job: Job) -> str:
    """One heading for all, wishes marked by a word of their own."""
    wishes = [f"Preferably {line[0].lower()}{line[1:]}" for line in job["desirable"]]
    return (
        f"{job['title']}\n\nWho we are looking for\n{bullets([*job['essential'], *wishes])}\n\nWe offer\n{job['noise']}"
    )


def low(line: str) -> str:
    """The line as it goes on within a sentence."""
    return line[0].lower() + line[1:] if line[1:2].islower() else line


def glued(job: Job) -> str:
    """Lines joined without a full stop or a break between them, under headings."""
    return (
        f"{job['title']}\nResponsibilities\n{' '.join(job['duties'])}\nMinimum qualifications\n{'. '.join(job['essential'])}.\n"
        f"Preferred qualifications\n{'.'.join(job['desirable'])}."
    )


def semicolons(job: Job) -> str:
    """One paragraph whose requirements are parted by semicolons."""
    return (
        f"{job['title']}\n\n{job['about']} {' '.join(map(sentence, job['duties']))}\n\nRequirements: {'; '.join(map(low, job['essential']))}.\n\n"
        f"Desirable: {'; '.join(map(low, job['desirable']))}.\n\n{job['noise']}"
    )


def markdown(job: Job) -> str:
    """Markdown with bold headings and hashes."""
    return (
        f"# {job['title']}\n\n## About us\n{job['about']}\n\n## What you'll do\n{bullets(job['duties'], '* ')}\n\n## What you'll bring\n"
        f"{bullets(job['essential'], '* ')}\n\n**Bonus points if you have**\n{bullets(job['desirable'], '* ')}\n\n---\n## Benefits\n{job['noise']}"
    )


def curly(job: Job) -> str:
    """Curly quotes, non-breaking spaces and tabs, and the headings of friendly firms."""
    mark = "•\t"
    lines = (
        f"{job['title']}\n\nWho we are\n{job['about']}\n\nWhat you’ll be doing\n{bullets(job['duties'], mark)}\n\nWhat we’re looking for\n"
        f"{bullets(job['essential'], mark)}\n\nIt would be great if you also have\n{bullets(job['desirable'], mark)}\n\nWhat’s in it for you\n{job['noise']}"
    )
    return lines.replace("'", "’").replace(" of ", "\u00a0of ").replace(" and ", " and\u00a0")


def table(job: Job) -> str:
    """An HTML table of criteria with a column that says which are essential, as councils make them."""
    rows = [f"<tr><td>{html.escape(line)}</td><td>Essential</td></tr>" for line in job["essential"]]
    rows += [f"<tr><td>{html.escape(line)}</td><td>Desirable</td></tr>" for line in job["desirable"]]
    return (
        f"<h2>{html.escape(job['title'])}</h2><p>{html.escape(job['about'])}</p><h3>Main duties</h3><ul>"
        f"{''.join(f'<li>{html.escape(line)}</li>' for line in job['duties'])}</ul><h3>Person specification</h3><table><tr><th>Criteria</th><th>Essential or desirable</th></tr>"
        f"{''.join(rows)}</table><h3>How to apply</h3><p>{html.escape(job['noise'])}</p>"
    )


def dashes(job: Job) -> str:
    """A mark after a dash at each line's end."""
    lines = [f"{line} - essential" for line in job["essential"]] + [f"{line} – desirable" for line in job["desirable"]]
    return f"{job['title']}\n{job['about']}\nDuties:\n{bullets(job['duties'])}\nSkills and experience:\n{bullets(lines)}\nBenefits:\n{job['noise']}"


def before(job: Job) -> str:
    """A mark before each line, no headings."""
    lines = [f"[Required] {line}" for line in job["essential"]] + [f"[Preferred] {line}" for line in job["desirable"]]
    return "\n".join([job["title"], job["about"], *job["duties"], *lines, job["noise"]])


def spoken(job: Job) -> str:
    """Sentences about "you" in one paragraph, and wishes that say so."""
    musts = [f"You need {low(line)}." for line in job["essential"]]
    wishes = [f"{line} is a plus." for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']} {' '.join(map(sentence, job['duties']))} {' '.join(musts)} {' '.join(wishes)} {job['noise']}"


def single(job: Job) -> str:
    """Everything on one line, headings without colons, items with middle dots."""
    return (
        f"{job['title']} - {job['about']} What you will do: · {' · '.join(job['duties'])} What you need: · {' · '.join(job['essential'])} "
        f"Nice to have: · {' · '.join(job['desirable'])} Benefits: {job['noise']}"
    )


def headless(job: Job) -> str:
    """The lines of a headed advert with its headings in running text."""
    return (
        f"{job['title']}\n{job['about']}\nIn this role you will:\n{bullets(job['duties'])}\nTo be considered for this role, you must have:\n{bullets(job['essential'])}\n"
        f"We would be delighted if you also had:\n{bullets(job['desirable'])}\nIn return we offer:\n- {job['noise']}"
    )


def wrapped(job: Job) -> str:
    """An e-mail's plain text, cut at 72 columns."""
    parts = [job["title"].upper(), "", *textwrap.wrap(job["about"], 72), "", "RESPONSIBILITIES"]
    for heading, lines in (
        ("", job["duties"]),
        ("REQUIRED SKILLS AND EXPERIENCE", job["essential"]),
        ("DESIRED SKILLS AND EXPERIENCE", job["desirable"]),
    ):
        if heading:
            parts += ["", heading]
        for line in lines:
            parts += textwrap.wrap(line, 72, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join([*parts, "", "SALARY AND BENEFITS", *textwrap.wrap(job["noise"], 72)])


def public(job: Job) -> str:
    """A public body's bulletin: roman numerals, knowledge and abilities, many notes."""
    musts = "\n".join(f"({letter}) {line};" for letter, line in zip("abcdefgh", job["essential"], strict=False))
    return (
        f"JOB TITLE: {job['title']}\nDepartment: Services\nClosing date: 4 May\n\nI. POSITION SUMMARY\n{job['about']}\n\nII. ESSENTIAL DUTIES AND RESPONSIBILITIES\n"
        f"{bullets(job['duties'])}\n\nIII. MINIMUM QUALIFICATIONS\n{musts}\n\nIV. PREFERRED KNOWLEDGE, SKILLS AND ABILITIES\n{bullets(job['desirable'])}\n\n"
        f"V. SELECTION PROCESS\nCandidates will be scored on their knowledge of the work, their experience and their ability to communicate.\nVI. NOTICE\n{job['noise']}"
    )


def divs(job: Job) -> str:
    """HTML made by a word processor: divs and spans, bullets as text, bold headings with colons."""

    def items(lines: Iterable[str]) -> str:
        return "".join(
            f'<div><span style="font-size:11pt">&middot;&nbsp;&nbsp;{html.escape(line)}</span></div>' for line in lines
        )

    return (
        f"<div><span><b>{html.escape(job['title'])}</b></span></div><div>{html.escape(job['about'])}</div><div><b>The Role:</b></div>{items(job['duties'])}"
        f"<div><b>About You:</b></div>{items(job['essential'])}<div><b>Advantageous:</b></div>{items(job['desirable'])}<div><b>Package:</b></div><div>{html.escape(job['noise'])}</div>"
    )


def story(job: Job) -> str:
    """A letter in full sentences: the ideal candidate, and what they ideally also have."""
    musts = " ".join(f"The successful candidate will have {low(line)}." for line in job["essential"])
    wishes = " ".join(f"Ideally you also have {low(line)}." for line in job["desirable"])
    return f"{job['title']}\n\n{job['about']}\n\n{' '.join(f'You will {low(line)}.' for line in job['duties'])}\n\n{musts}\n\n{wishes}\n\n{job['noise']}"


def colons(job: Job) -> str:
    """Plain lines under headings that nobody else uses."""
    return "\n".join(
        [
            job["title"],
            job["about"],
            "",
            "Your day:",
            *job["duties"],
            "",
            "Your must-haves:",
            *job["essential"],
            "",
            "You'll stand out if you have:",
            *job["desirable"],
            "",
            "Why you'll love it here:",
            job["noise"],
        ]
    )


def narrative(job: Job) -> str:
    """Sentences that list with semicolons and speak of candidates."""
    musts = "; ".join(low(line) for line in job["essential"])
    wishes = "; ".join(low(line) for line in job["desirable"])
    return (
        f"{job['title']}\n{job['about']}\n\n{' '.join(map(sentence, job['duties']))}\n\nCandidates must be able to show {musts}.\n\n"
        f"Candidates who can also show the following will have an advantage: {wishes}.\n\n{job['noise']}"
    )


def pasted(job: Job) -> str:
    """HTML from a form: one paragraph for all, lines parted by breaks, headings in capitals without bold."""
    lines = [
        job["about"],
        "",
        "MAIN TASKS",
        *job["duties"],
        "",
        "WE EXPECT",
        *job["essential"],
        "",
        "WE WOULD WELCOME",
        *job["desirable"],
        "",
        "REMUNERATION",
        job["noise"],
    ]
    return f"<p>{html.escape(job['title'])}<br/>{'<br/>'.join(html.escape(line) for line in lines)}</p>"


def numbered(job: Job) -> str:
    """Numbers that run on through the headings, in one paragraph for each heading."""
    count = iter(range(1, 60))
    duties, musts, wishes = (
        " ".join(f"{next(count)}) {sentence(line)}" for line in job[part])
        for part in ("duties", "essential", "desirable")
    )
    return f"{job['title']}\n\nPurpose of the post\n{job['about']}\n\nTasks\n{duties}\n\nRequired profile\n{musts}\n\nAssets\n{wishes}\n\nConditions of service\n{job['noise']}"


_WORDINGS = (
    ("What the job looks like", "What we need from you", "What would make you stand out", "The good stuff"),
    ("Your responsibilities will include:", "Skills & experience we require:", "Skills & experience we'd like:", "Terms:"),
    ("Job Purpose", "Knowledge, Skills and Abilities", "Preferred but not required", "Work Environment"),
    ("You'll spend your time", "You might be a fit if you have", "Extra points for", "Compensation & Benefits"),
    ("Duties & Responsibilities", "Education and Experience Requirements", "Additional Preferred Qualifications", "EEO Statement"),
    ("Position Overview", "Required Education, Experience, & Skills", "Preferred Education, Experience, & Skills", "Why Join Us?"),
    ("Aufgaben / Tasks", "Your profile", "Nice-to-haves", "Contact"),
    ("What will I be doing?", "What do I need?", "What else would help?", "What do I get?"),
)  # fmt: skip


def worded(job: Job) -> str:
    """Headings in one of several wordings, by the length of the job's title."""
    duties, musts, wishes, noise = _WORDINGS[len(job["title"]) % len(_WORDINGS)]
    return (
        f"{job['title']}\n\n{job['about']}\n\n{duties}\n{bullets(job['duties'])}\n\n{musts}\n{bullets(job['essential'])}\n\n"
        f"{wishes}\n{bullets(job['desirable'])}\n\n{noise}\n{job['noise']}"
    )


def worded_flat(job: Job) -> str:
    """The same wordings in HTML, without bullets."""
    duties, musts, wishes, noise = _WORDINGS[len(job["about"]) % len(_WORDINGS)]

    def paragraphs(lines: Iterable[str]) -> str:
        return "".join(f"<p>{html.escape(line)}</p>" for line in lines)

    return (
        f"<h1>{html.escape(job['title'])}</h1><p>{html.escape(job['about'])}</p><h2>{html.escape(duties)}</h2>{paragraphs(job['duties'])}<h2>{html.escape(musts)}</h2>"
        f"{paragraphs(job['essential'])}<h2>{html.escape(wishes)}</h2>{paragraphs(job['desirable'])}<h2>{html.escape(noise)}</h2><p>{html.escape(job['noise'])}</p>"
    )


_UNUSUAL = (
    ("What your days are made of", "We can only consider people with", "It will help your application if you have", "Pay and holidays"),
    ("Accountabilities", "Entry requirements", "Other useful experience", "Rewards"),
    ("The job in short", "Our must-have list", "Our wish list", "Legal stuff"),
    ("Work you will own", "Minimum Requirements:", "Preferred Experience and Skills:", "Total Rewards"),
    ("KEY RESULT AREAS", "JOB SPECIFICATION", "ADDED ADVANTAGE", "HOW TO APPLY"),
    ("Your contribution", "Your qualifications and experience", "Considered an asset", "Our promise"),
)  # fmt: skip


def unusual_bulleted(job: Job) -> str:
    """Rarer wordings, over bullets."""
    duties, musts, wishes, noise = _UNUSUAL[len(job["title"]) % len(_UNUSUAL)]
    return (
        f"{job['title']}\n\n{job['about']}\n\n{duties}\n{bullets(job['duties'], '– ')}\n\n{musts}\n{bullets(job['essential'], '– ')}\n\n"
        f"{wishes}\n{bullets(job['desirable'], '– ')}\n\n{noise}\n{job['noise']}"
    )


def unusual_html(job: Job) -> str:
    """The same wordings in bold paragraphs over lists."""
    duties, musts, wishes, noise = (html.escape(one) for one in _UNUSUAL[len(job["about"]) % len(_UNUSUAL)])

    def items(lines: Iterable[str]) -> str:
        return "".join(f"<li><p>{html.escape(line)};</p></li>" for line in lines)

    return (
        f"<p><strong>{html.escape(job['title'])}</strong></p><p>{html.escape(job['about'])}</p><p><b>{duties}</b></p><ul>{items(job['duties'])}</ul>"
        f"<p><b>{musts}</b></p><ol>{items(job['essential'])}</ol><p><b>{wishes}</b></p><ul>{items(job['desirable'])}</ul><p><b>{noise}</b></p><p>{html.escape(job['noise'])}</p>"
    )


def unusual_sentences(job: Job) -> str:
    """No headings: sentences that ask in words of their own."""
    musts = " ".join(f"Applicants are expected to have {low(line)}." for line in job["essential"])
    wishes = " ".join(f"{line} will be looked on favourably." for line in job["desirable"])
    return f"{job['title']}\n\n{job['about']} {' '.join(map(sentence, job['duties']))}\n\n{musts} {wishes}\n\n{job['noise']}"


LAYOUTS: tuple[Callable[[Job], str], ...] = (
    headed, british, unbulleted, capitals, suffixed, suffixed_flat, paragraph, run_on, marked_up, broken_html, letters, plain,
    glued, semicolons, markdown, curly, table, dashes, before, spoken, single, headless, wrapped, public, divs, story, colons,
    narrative, pasted, numbered, worded, worded_flat, unusual_bulleted, unusual_html, unusual_sentences,
)  # fmt: skip
