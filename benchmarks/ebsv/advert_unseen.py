"""Writes an invented job in ways on which the parser was never tuned: other shapes, each in many wordings.

What the parser makes of adverts that nobody here has seen can only be told from such as these. When they have been looked at, they
belong among the known layouts, and new ones take their place.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

from advert_layouts import Job, bullets, low, sentence
from advert_wordings import Wording, bare, pick

FIRMS: Sequence[Wording] = (
    ("A typical day", "Your expertise", "Where it gets even more interesting", "How we'll take care of you"),
    ("Where you'll make your mark", "On your first day, we'll expect you to have", "It's great, but not required, if you have", "More about our team"),
    ("In this role, you'll get to", "You'll thrive here if you have", "Brownie points", "Where you'll be"),
    ("Key job responsibilities", "Basic Qualifications", "Preferred Qualifications", "Our inclusive culture"),
    ("Meet your future job", "That's what you bring with you", "That's how you score extra", "That's what awaits you"),
    ("What part will you play?", "What you need to make real what matters", "Ways to wow us", "Make your mark in our exciting world"),
    ("Responsibilities", "Required/Minimum Qualifications", "Additional or Preferred Qualifications", "Other information"),
    ("Some of the problems you'll solve", "Table stakes", "Secret sauce", "Fine print"),
    ("A day in your life with us", "Who you are", "Feathers in your cap", "Together as a team"),
    ("Your mission, should you choose to accept it", "You should apply if you tick these boxes", "Tick any of these as well? Even better", "Apply even if you are unsure"),
    ("The gig", "To hit the ground running you'll have", "Surprise us with", "Let's talk money"),
    ("Your playing field", "Skills we can't compromise on", "Skills that make our eyes light up", "Working at our place"),
)  # fmt: skip

BODIES: Sequence[Wording] = (
    ("Job responsibilities", "Key selection criteria", "Highly desirable", "Disclosure and Barring Service check"),
    ("Work tasks", "Eligibility requirements", "The following is considered meritorious", "Type of employment"),
    ("Main duties and responsibilities of the post", "You need (essential for the job)", "Other (may be needed for the job)", "Conditions of employment"),
    ("Responsibilities and deliverables", "Required competencies and background", "Assets", "Special notice"),
    ("Role purpose", "Applicants must demonstrate", "Applicants may in addition demonstrate", "Things you need to know"),
    ("Duties of the position", "We require", "It is an advantage if you have", "Our procedure and your application"),
    ("Typical work activities", "Mandatory requirements", "Advantageous but optional", "Remuneration and conditions"),
    ("What the postholder does", "Shortlisting criteria: essential", "Shortlisting criteria: desirable", "Visas"),
)  # fmt: skip

ASKING = (
    "We can only appoint someone with {low}.", "You already have {low}.", "What we can't teach, and therefore ask for, is {low}.", "Applications without {low} will not be taken forward.",
    "To do this work you have to have {low}.", "Please only apply if you have {low}.", "Essential to this post is {low}.", "{} is required.",
)  # fmt: skip
HOPING = (
    "Should you also have {low}, tell us.", "Where candidates are equal, {low} will decide.", "{} is a nice extra.", "We would look kindly on {low}.",
    "Ideally, you will bring {low}.", "You needn't have {low}, but it makes the first weeks easier.", "Familiarity counts: {low} would be a welcome addition.", "A candidate with {low} will stand out.",
)  # fmt: skip


def emoji(job: Job) -> str:
    """A young firm's page: a small picture before each heading, dashes before each item."""
    duties, musts, wishes, other = pick(job, "emoji", FIRMS)
    return (
        f"{job['title']} 🦊\n\n{job['about']}\n\n🚀 {duties}\n{bullets(job['duties'], '— ')}\n\n✅ {musts}\n{bullets(job['essential'], '— ')}\n\n"
        f"✨ {wishes}\n{bullets(job['desirable'], '— ')}\n\n💰 {other}\n{job['noise']}"
    )


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


def copied(job: Job) -> str:
    """Lines without any mark, an empty line before each heading alone."""
    duties, musts, wishes, other = pick(job, "copied", FIRMS)
    return (
        f"{job['title']}\n{job['about']}\n\n{duties}\n" + "\n".join(job["duties"]) + f"\n\n{musts}\n" + "\n".join(job["essential"])
        + f"\n\n{wishes}\n" + "\n".join(job["desirable"]) + f"\n\n{other}\n{job['noise']}"
    )  # fmt: skip


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


def authority(job: Job) -> str:
    """A public body: numbered headings, a sentence that leads into each list, letters before the items."""
    duties, musts, wishes, other = pick(job, "authority", BODIES)

    def lettered(lines: Sequence[str]) -> str:
        return "\n".join(f"  {letter}) {bare(line)};" for letter, line in zip("abcdefgh", lines, strict=False))

    return (
        f"{job['title']}\nRef. 4471/B\n\n1. Background\n{job['about']}\n\n2. {duties}\n{lettered(job['duties'])}\n\n3. {musts}\n{lettered(job['essential'])}\n\n"
        f"4. {wishes}\n{lettered(job['desirable'])}\n\n5. {other}\n{job['noise']}"
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


def coded(job: Job) -> str:
    """Criteria with codes before them, as universities number them, under one heading."""
    lines = [f"E{n}. {line}" for n, line in enumerate(job["essential"], 1)] + [
        f"D{n}. {line}" for n, line in enumerate(job["desirable"], 1)
    ]
    return (
        f"{job['title']}\n\n{job['about']}\n\nMain responsibilities\n{bullets(job['duties'], '• ')}\n\nPerson specification (E = essential, D = desirable)\n"
        + "\n".join(lines)
        + f"\n\nFurther information\n{job['noise']}"
    )


def announced(job: Job) -> str:
    """An e-mail: rows of stars and dashes, headings between them, lines led by a word."""
    must, wish = pick(
        job,
        "announced",
        (("Must:", "Should:"), ("Need -", "Nice -"), ("[required]", "[optional]"), ("REQUIRED:", "DESIRED:")),
    )
    return (
        f"*** {job['title'].upper()} ***\n{job['about']}\n----------------------\nTHE WORK\n----------------------\n" + "\n".join(job["duties"])
        + "\n----------------------\nTHE PROFILE\n----------------------\n" + "\n".join([f"{must} {line}" for line in job["essential"]] + [f"{wish} {line}" for line in job["desirable"]])
        + f"\n----------------------\nSMALL PRINT\n----------------------\n{job['noise']}"
    )  # fmt: skip


def wished_first(job: Job) -> str:
    """Money first, wishes before needs, the work last."""
    duties, musts, wishes, other = pick(job, "first", (*FIRMS, *BODIES))
    return (
        f"{job['title']}\n\n{other}\n{job['noise']}\n\n{wishes}\n{bullets(job['desirable'], '* ')}\n\n{musts}\n{bullets(job['essential'], '* ')}\n\n"
        f"{duties}\n{bullets(job['duties'], '* ')}\n\n{job['about']}"
    )


def told(job: Job) -> str:
    """No headings: sentences with frames of their own."""
    musts = [
        ASKING[(len(job["title"]) + n) % len(ASKING)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["essential"])
    ]
    wishes = [
        HOPING[(len(job["title"]) + n) % len(HOPING)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["desirable"])
    ]
    return f"{job['title']}\n\n{job['about']} {' '.join(map(sentence, job['duties']))}\n\n{' '.join(musts)} {' '.join(wishes)}\n\n{job['noise']}"


HELD_OUT: tuple[Callable[[Job], str], ...] = (
    emoji, web_page, copied, no_breaks, authority, by_topic_above, two_columns, moscow, coded, announced, wished_first, told,
)  # fmt: skip
