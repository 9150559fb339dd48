"""Writes an invented job in many wordings, each in other shapes: once held out, now among those on which the parser is tuned.

People invent headings; the parser must not need to have met them.
"""

from __future__ import annotations

import html
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from advert_layouts import Job, bullets, low, sentence

_T = TypeVar("_T")
Wording = tuple[str, str, str, str]  # over the duties, what is needed, what is wished for, and what is neither

CAREERS: Sequence[Wording] = (
    ("In this position, you'll...", "To land this job, you have", "It's not a deal-breaker, but we'd be happy to see", "Total compensation"),
    ("How you'll make a difference", "The basics you'll need", "Not required, but it'll set you up well", "Life at our offices"),
    ("What you'd be working on", "You're a match if you've got", "You get a gold star for", "What we do for you"),
    ("Your role and responsibilities", "Required technical and professional expertise", "Preferred technical and professional experience", "Being one of us"),
    ("Position responsibilities", "Basic qualifications (required skills and experience)", "Preferred qualifications (desired skills and experience)", "Relocation"),
    ("The difference you will make", "Who are you?", "Even more ideally, you have", "What's in store for you?"),
    ("As a member of this team you will", "Here's what you must bring along", "Here's what would be the icing on the cake", "Our pledge to you"),
    ("Areas of responsibility", "Experience and education you can't do without", "Experience that gives you an edge", "Pay transparency"),
    ("Main purpose and accountabilities of the post", "Qualifications, knowledge and experience needed", "Any of these would be useful too", "Further particulars"),
    ("Things you'll get up to", "Things we need you to know already", "Things that'd be cool but that you can learn here", "Things you'll get"),
)  # fmt: skip

PUBLIC: Sequence[Wording] = (
    ("MAJOR DUTIES", "SPECIALIZED EXPERIENCE AND EDUCATION REQUIRED", "QUALITY RANKING FACTORS (NOT MANDATORY)", "HOW YOU WILL BE EVALUATED"),
    ("CHARACTERISTIC TASKS", "TRAINING AND EXPERIENCE REQUIRED TO PERFORM ESSENTIAL JOB FUNCTIONS", "SPECIAL CONSIDERATION GIVEN TO", "PHYSICAL REQUIREMENTS AND WORKING CONDITIONS"),
    ("SUMMARY OF FUNCTIONS", "MINIMUM ENTRANCE QUALIFICATIONS", "HIGHLY DESIRED QUALIFICATIONS", "SUPPLEMENTAL INFORMATION"),
    ("EXAMPLES OF WORK PERFORMED", "ACCEPTABLE EXPERIENCE AND TRAINING", "PREFERENCE WILL BE GIVEN TO CANDIDATES WITH", "APPLICATION AND SPECIAL INSTRUCTIONS"),
    ("STATEMENT OF DUTIES", "THE SUCCESSFUL APPLICANT MUST POSSESS", "ATTRACTIVE EXTRAS", "TERMS AND CONDITIONS OF APPOINTMENT"),
    ("DISTINGUISHING FEATURES OF THE CLASS", "MINIMUM ACCEPTABLE STANDARDS", "ADDITIONAL DESIRABLE ATTRIBUTES", "FILING INSTRUCTIONS"),
)  # fmt: skip

AGENCY: Sequence[Wording] = (
    ("Day to day you can expect to:", "In order to be suitable you will have:", "The following would be beneficial but aren't a must:", "What's on offer:"),
    ("The nature of the work:", "My client will only look at people who have:", "It would be an added bonus to see:", "The rewards:"),
    ("On a typical shift you would:", "For this one I need to see:", "If you can also offer any of these, brilliant:", "Interested? Then read on."),
    ("Key accountabilities include:", "Candidates should be able to evidence:", "Also advantageous, albeit not vital:", "Salary and perks:"),
    ("The brief:", "Required to apply:", "Pluses, not musts:", "The offer:"),
)  # fmt: skip

MUSTS = (
    "{} is a must.", "We insist on {low}.", "You can't do this job without {low}.", "We won't be able to consider you without {low}.",
    "It is vital that you have {low}.", "You'll come with {low}.", "This position calls for {low}.", "{}: non-negotiable.",
    "Candidates are required to have {low}.", "The person we appoint has {low}.", "We'll be looking for {low}.", "The post demands {low}.",
)  # fmt: skip
WISHES = (
    "We'd be thrilled by {low}.", "{} is helpful but not needed.", "{} isn't essential, though it would help.", "If you come with {low}, so much the better.",
    "{} would be the cherry on top.", "Don't worry if you lack {low}: we can teach that.", "We'd also be pleased to see {low}.", "{} will count in your favour.",
    "Extra marks go to those with {low}.", "It won't hurt if you have {low}.", "{} would give you a head start.", "Preference goes to people with {low}.",
)  # fmt: skip
AFTER_MUST = (
    " [must]",
    " – essential criterion",
    ", required",
    " (M)",
    " | Mandatory",
    " (you need this)",
    " [E]",
    " --- Required",
)
AFTER_WISH = (
    " [nice]",
    " – desirable criterion",
    ", preferred",
    " (D)",
    " | Optional",
    " (we'd love this)",
    " [D]",
    " --- Preferred",
)
LATER = (
    " (nice but not needed)",
    ", as a plus",
    " – ideally",
    " would be helpful",
    " (an asset)",
    "; advantageous",
    " (not a must)",
    " is a bonus",
)


def pick(job: Job, layout: str, among: Sequence[_T]) -> _T:
    """One of several wordings, by the job and the layout."""
    return among[zlib.crc32(f"{layout} {job['title']}".encode()) % len(among)]


def bare(line: str) -> str:
    """A line without its full stop."""
    return line.rstrip(".")


def careers_site(job: Job) -> str:
    """A big firm's page: place and team on top, friendly headings, bullets, a range of pay and a statement at the end."""
    duties, musts, wishes, other = pick(job, "careers", CAREERS)
    return (
        f"{job['title']}\nLondon, Hybrid\nTeam: Operations\nPosted 3 days ago\n\n{job['about']}\n\n{duties}\n\n{bullets(job['duties'], '• ')}\n\n{musts}\n\n"
        f"{bullets(job['essential'], '• ')}\n\n{wishes}\n\n{bullets(job['desirable'], '• ')}\n\n{other}\n\n{job['noise']}"
    )


def careers_bare(job: Job) -> str:
    """The same headings without bullets or empty lines, as copied from a browser."""
    duties, musts, wishes, other = pick(job, "bare", CAREERS)
    lines = [job["title"], job["about"], duties, *job["duties"], musts, *job["essential"], wishes, *job["desirable"]]
    return "\n".join([*lines, other, job["noise"]])


def careers_paragraph(job: Job) -> str:
    """The same headings with colons, all in one paragraph."""
    duties, musts, wishes, other = (one.rstrip(".:?") for one in pick(job, "paragraph", CAREERS))
    return (
        f"{job['title']}. {job['about']} {duties}: {' '.join(map(sentence, job['duties']))} {musts}: {' '.join(map(sentence, job['essential']))} "
        f"{wishes}: {' '.join(map(sentence, job['desirable']))} {other}: {job['noise']}"
    )


def bulletin(job: Job) -> str:
    """A public body's bulletin: headings in capitals, numbers, an introduction to each list, boilerplate at the end."""
    duties, musts, wishes, other = pick(job, "bulletin", PUBLIC)
    needed = "\n".join(f"{n}. {bare(line)}." for n, line in enumerate(job["essential"], 1))
    wished = "\n".join(f"{n}. {bare(line)}." for n, line in enumerate(job["desirable"], 1))
    return (
        f"{job['title'].upper()}\nRequisition 20-0417\nOpening date: May 1, 2024\n\n{duties}\n{' '.join(map(sentence, job['duties']))} Performs related work as required.\n\n"
        f"{musts}\n{needed}\n\n{wishes}\n{wished}\n\n{other}\n{job['noise']} The ability to sit, stand and lift up to 20 pounds is needed for this work.\n\n"
        "DISCLAIMER\nThis announcement is not a contract, and the statements in it may be changed without notice."
    )


def recruiter(job: Job) -> str:
    """An agency's short letter with lists led in by half sentences."""
    duties, musts, wishes, other = pick(job, "agency", AGENCY)
    return (
        f"{job['title']}\n\nMy client is looking for a {job['title']} to join them on a permanent basis. {job['about']}\n\n{duties}\n{bullets(job['duties'], '* ')}\n\n"
        f"{musts}\n{bullets(job['essential'], '* ')}\n\n{wishes}\n{bullets(job['desirable'], '* ')}\n\n{other}\n{job['noise']}\n"
        "If this sounds like you, please get in touch with Sam for a confidential chat."
    )


def by_topic(job: Job) -> str:
    """A person specification by topics, each with what is essential and what is desirable, as hospitals publish it."""
    topics = ("Qualifications and training", "Experience", "Knowledge and skills", "Personal qualities")
    out = [
        job["title"],
        "",
        "Job overview",
        job["about"],
        "",
        "Main duties of the job",
        *job["duties"],
        "",
        "Person specification",
        "",
    ]
    for number, topic in enumerate(topics):
        musts, wishes = job["essential"][number :: len(topics)], job["desirable"][number :: len(topics)]
        out += [topic, "Essential criteria", *bullets(musts, "• ").splitlines()]
        if wishes:
            out += ["Desirable criteria", *bullets(wishes, "• ").splitlines()]
        out.append("")
    return "\n".join([*out, "Employer details", job["noise"]])


def lettered(job: Job) -> str:
    """Lines with a mark in one of several forms at the end, and no other sign of what they are."""
    number = zlib.crc32(job["title"].encode()) % len(AFTER_MUST)
    lines = [bare(line) + AFTER_MUST[number] for line in job["essential"]]
    lines += [bare(line) + AFTER_WISH[number] for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']}\n\nThe job\n{bullets(job['duties'])}\n\nThe person\n{bullets(lines)}\n\nThe deal\n{job['noise']}"


def starred(job: Job) -> str:
    """One list in which a star marks what is needed, or what is only wished for, with a legend that says which."""
    wished = len(job["about"]) % 2 == 0
    legend = (
        "* desirable, all others are essential" if wished else "Criteria marked with an asterisk (*) are essential."
    )
    lines = [bare(line) + ("" if wished else " *") for line in job["essential"]]
    lines += [bare(line) + (" *" if wished else "") for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']}\n\nDuties\n{bullets(job['duties'], '• ')}\n\nCriteria\n{bullets(lines, '• ')}\n{legend}\n\nHow we work\n{job['noise']}"


def assessed(job: Job) -> str:
    """A table in HTML that says for each criterion whether it is essential, and how it is assessed."""
    ticks = len(job["title"]) % 2 == 0
    rows: list[str] = []
    for kind, mark in (("essential", "E"), ("desirable", "D")):
        for line in job[kind]:
            cells = (("Yes", "") if kind == "essential" else ("", "Yes")) if ticks else (mark,)
            rows.append("".join(f"<td>{html.escape(one)}</td>" for one in (line, *cells, "A/I")))
    head = ("Requirement", "Essential", "Desirable", "Method") if ticks else ("Attribute", "E/D", "Assessed by")
    return (
        f"<h1>{html.escape(job['title'])}</h1><p>{html.escape(job['about'])}</p><h2>Main tasks</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in job['duties'])}</ul>"
        f"<h2>Employee specification</h2><table><thead><tr>{''.join(f'<th>{one}</th>' for one in head)}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
        f"<p>A = application, I = interview</p><h2>Conditions</h2><p>{html.escape(job['noise'])}</p>"
    )


def bold_leads(job: Job) -> str:
    """Paragraphs in HTML that begin with their heading in bold, with semicolons between what they list."""
    duties, musts, wishes, other = (one.rstrip(".:?") for one in pick(job, "bold", (*CAREERS, *AGENCY)))

    def lead(name: str, lines: Iterable[str]) -> str:
        return f"<p><b>{html.escape(name)}:</b> {html.escape('; '.join(bare(line) for line in lines))}.</p>"

    return (
        f"<p><b>{html.escape(job['title'])}</b></p><p>{html.escape(job['about'])}</p>{lead(duties, job['duties'])}{lead(musts, job['essential'])}{lead(wishes, job['desirable'])}"
        f"<p><b>{html.escape(other)}:</b> {html.escape(job['noise'])}</p>"
    )


def said(job: Job) -> str:
    """No headings: each sentence says in words of its own how much it matters."""
    start = zlib.crc32(job["title"].encode())
    musts = [
        MUSTS[(start + n) % len(MUSTS)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["essential"])
    ]
    wishes = [
        WISHES[(start + n) % len(WISHES)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["desirable"])
    ]
    return f"{job['title']}\n\n{job['about']}\n\n{' '.join(map(sentence, job['duties']))}\n\n{' '.join(musts)}\n\n{' '.join(wishes)}\n\n{job['noise']}"


def mixed(job: Job) -> str:
    """One list under one heading, in which wishes say at their end that they are no more."""
    after = pick(job, "mixed", LATER)
    lines = [*map(bare, job["essential"]), *(bare(line) + after for line in job["desirable"])]
    heading = pick(
        job, "over", ("Your qualities", "What we'd expect", "Profile sought", "Who'd suit this job", "The candidate")
    )
    return f"{job['title']}\n\n{job['about']}\n\nWhat is it about?\n{bullets(job['duties'], '> ')}\n\n{heading}\n{bullets(lines, '+ ')}\n\nWorking with us\n{job['noise']}"


HOPING = (
    "Should you also have {low}, tell us.", "Where candidates are equal, {low} will decide.", "{} is a nice extra.", "We would look kindly on {low}.",
    "Ideally, you will bring {low}.", "You needn't have {low}, but it makes the first weeks easier.", "Familiarity counts: {low} would be a welcome addition.", "A candidate with {low} will stand out.",
)  # fmt: skip


ASKING = (
    "We can only appoint someone with {low}.", "You already have {low}.", "What we can't teach, and therefore ask for, is {low}.", "Applications without {low} will not be taken forward.",
    "To do this work you have to have {low}.", "Please only apply if you have {low}.", "Essential to this post is {low}.", "{} is required.",
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


def emoji(job: Job) -> str:
    """A young firm's page: a small picture before each heading, dashes before each item."""
    duties, musts, wishes, other = pick(job, "emoji", FIRMS)
    return (
        f"{job['title']} 🦊\n\n{job['about']}\n\n🚀 {duties}\n{bullets(job['duties'], '— ')}\n\n✅ {musts}\n{bullets(job['essential'], '— ')}\n\n"
        f"✨ {wishes}\n{bullets(job['desirable'], '— ')}\n\n💰 {other}\n{job['noise']}"
    )


def copied(job: Job) -> str:
    """Lines without any mark, an empty line before each heading alone."""
    duties, musts, wishes, other = pick(job, "copied", FIRMS)
    return (
        f"{job['title']}\n{job['about']}\n\n{duties}\n" + "\n".join(job["duties"]) + f"\n\n{musts}\n" + "\n".join(job["essential"])
        + f"\n\n{wishes}\n" + "\n".join(job["desirable"]) + f"\n\n{other}\n{job['noise']}"
    )  # fmt: skip


def authority(job: Job) -> str:
    """A public body: numbered headings, a sentence that leads into each list, letters before the items."""
    duties, musts, wishes, other = pick(job, "authority", BODIES)

    def lettered(lines: Sequence[str]) -> str:
        return "\n".join(f"  {letter}) {bare(line)};" for letter, line in zip("abcdefgh", lines, strict=False))

    return (
        f"{job['title']}\nRef. 4471/B\n\n1. Background\n{job['about']}\n\n2. {duties}\n{lettered(job['duties'])}\n\n3. {musts}\n{lettered(job['essential'])}\n\n"
        f"4. {wishes}\n{lettered(job['desirable'])}\n\n5. {other}\n{job['noise']}"
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


PAGES: Sequence[Wording] = (
    ("Here's what your week could contain", "You're our person when you bring", "We'd do a little dance if you came with", "The small stuff that adds up"),
    ("Objectives of the position", "Competencies sought", "Supplementary strengths", "Logistics"),
    ("Why this job exists", "The non-negotiable part", "The part that is open to discussion", "What you walk away with"),
    ("Expected outcomes", "Prior knowledge", "Things that tip the balance", "Our side of the bargain"),
    ("Core Duties", "Hiring Criteria", "Strong Candidates May Also Have", "Annual Salary"),
    ("The work itself", "Do these sound like you?", "Do you perhaps even have one of these?", "Where and when"),
    ("Representative projects", "You may be a good fit if you", "Strong candidates may also", "Logistics"),
    ("Responsibility areas", "Knowledge you cannot be without", "Knowledge that sweetens the deal", "Our hiring timeline"),
    ("Within the first six months, you will", "Ingredients we are after", "Seasoning", "What we serve in return"),
    ("Essential functions", "Position requirements", "Preferred but not mandatory", "Working conditions"),
    ("What the work is like", "A good candidate has", "A great candidate has, on top of that", "How we look after people"),
    ("Performance objectives", "Experience profile", "Differentiators", "About the client"),
)  # fmt: skip


NEEDS = (
    "There is no way around {low}.", "Your CV shows {low}.", "Without {low} we cannot take you on.", "We count on {low}.",
    "What matters most to us is {low}.", "You can point to {low}.", "{} is indispensable.", "Anyone applying needs {low}.",
)  # fmt: skip


HOPES = (
    "Bring {low} as well and we will be delighted.", "{} is not a condition, merely a wish.", "It would round off your profile if you had {low}.", "Candidates with {low} will be given priority.",
    "{}, while not essential, will be of benefit.", "We are also interested in {low}.", "Perhaps you even have {low}.", "{} may give you the edge.",
)  # fmt: skip


def municipal(job: Job) -> str:
    """A city's bulletin: salary, notes, duties in one sentence, numbered requirements, a long process with its own lists."""
    musts = "\n".join(
        f"{n}. {bare(line)}{'; and' if n < len(job['essential']) else '.'}"
        for n, line in enumerate(job["essential"], 1)
    )
    wishes = "\n".join(f"{n}. {bare(line)}." for n, line in enumerate(job["desirable"], 1))
    return (
        f"{job['title'].upper()}\n\n                          Class Code:   4410\n                          Open Date:  03-02-18\n(Exam Open to All)\nANNUAL SALARY\n\n$61,200 to $88,740; $70,100 to $94,000\n\n"
        f"NOTES:\n\n1. The pay of some positions at the harbor is higher.\n2. Candidates on the list are usually appointed at the lowest step.\n\nDUTIES\n\nThe incumbent does the following: {'; '.join(map(low, job['duties']))}; and other related duties.\n\n"
        f"REQUIREMENTS/MINIMUM QUALIFICATIONS\n\n{musts}\n\nPROCESS NOTES\n\n1. Applicants who lack six months of the experience that is required may file. They cannot be appointed before they have it.\n2. Proof of education must be attached to the application.\n\n"
        f"DESIRABLE QUALIFICATIONS\n\n{wishes}\n\nWHERE TO APPLY\n\nApplications are accepted on-line only, at the city's page for jobs.\n\nQUALIFICATIONS REVIEW\n\nShould many qualified candidates file, a panel may rate the experience and training of each, and only the best rated will go on.\n\n"
        "SELECTION PROCESS\n\nAfter meeting the minimum qualifications, candidates will be scheduled for the following:\n\nExamination Weights: Written Test . . . . . . . . . . . . . 40%\n                     Interview . . . . . . . . . . . . . . . 60%\n\n"
        "The written test may ask for knowledge of: the principles of the work; the rules on safety; the ability to write reports; deal with the public tactfully; and other necessary skills, knowledge, and abilities.\n\n"
        "Candidates will be required to complete an essay on the day of the interview. The essay will not be scored.\n\nPassing Score for the Written Test\n\nThe passing score is set after the test, with regard to the number of vacancies expected in the next two years.\n\n"
        f"NOTES:\n\n1. An average score of 70% in the interview is required to be placed on the list.\n2. As a covered entity the city does not discriminate on the basis of disability.\n\nNotice:\n\n{job['noise']}\n\nTHIS EXAMINATION IS TO BE GIVEN ONLY\nON AN OPEN COMPETITIVE BASIS\n\nAN EQUAL EMPLOYMENT OPPORTUNITY EMPLOYER"
    )


def county(job: Job) -> str:
    """A county's class specification: definition, distinguishing characteristics, examples, and what a person must have."""
    half = (len(job["essential"]) + 1) // 2
    return (
        f"{job['title']}\nSALARY: See position description\nISSUE DATE: 02/01/20\n\nTHE POSITION\n{job['about']}\n\nDISTINGUISHING CHARACTERISTICS\nThis is the journey level. Incumbents work under general supervision.\n\n"
        f"ILLUSTRATIVE TASKS\n{' '.join(map(sentence, job['duties']))}\n\nMINIMUM REQUIREMENTS\n\nEducation and Experience:\n{bullets(job['essential'][:half], '- ')}\n\nLicenses and Special Conditions:\n{bullets(job['essential'][half:], '- ')}\n\n"
        f"PREFERRED SELECTION CRITERIA\n{bullets(job['desirable'], '- ')}\n\nIMPORTANT INFORMATION AND BENEFITS\nThis recruitment is open until the needs of the county are met. {job['noise']}\n\nSUPPLEMENTAL QUESTIONNAIRE\n1. Describe your experience with this kind of work.\n2. Do you have a degree? If so, in what?\n\nTHE EXAMINATION\nThe exam may include a review of your application and an oral interview on your knowledge, skills and abilities."
    )


def outline(job: Job) -> str:
    """Capital letters before headings with colons."""
    duties, musts, wishes, other = (one.rstrip(":?") for one in pick(job, "outline", PAGES))
    return (
        f"{job['title']}\n\nA. Summary:\n{job['about']}\n\nB. {duties}:\n{bullets(job['duties'], '  • ')}\n\nC. {musts}:\n{bullets(job['essential'], '  • ')}\n\n"
        f"D. {wishes}:\n{bullets(job['desirable'], '  • ')}\n\nE. {other}:\n{job['noise']}"
    )


def styled(job: Job) -> str:
    """HTML whose headings are bold by their style only, with items as paragraphs."""
    duties, musts, wishes, other = (html.escape(one) for one in pick(job, "styled", PAGES))

    def head(text: str) -> str:
        return f'<p class="c1"><span style="font-weight: 700; color:#333">{text}</span></p>'

    def items(lines: Iterable[str]) -> str:
        return "".join(f'<p class="c2"><span>{html.escape(line)}</span></p>' for line in lines)

    return f"<div>{head(html.escape(job['title']))}{items([job['about']])}{head(duties)}{items(job['duties'])}{head(musts)}{items(job['essential'])}{head(wishes)}{items(job['desirable'])}{head(other)}{items([job['noise']])}</div>"


def nested(job: Job) -> str:
    """One list within another: kinds of requirement as items, requirements as their items."""
    must, wish = pick(
        job,
        "nested",
        (
            ("Essential:", "Desirable:"),
            ("Required", "Preferred"),
            ("Must haves", "Nice to haves"),
            ("What you need", "What would be useful"),
            ("Minimum", "Ideal"),
        ),
    )
    return f"{job['title']}\n\n{job['about']}\n\nRole\n• Tasks\n{bullets(job['duties'], '   o   ')}\n\nCandidate\n• {must}\n{bullets(job['essential'], '   o   ')}\n• {wish}\n{bullets(job['desirable'], '   o   ')}\n\nOther details\n{job['noise']}"


def spoken_of(job: Job) -> str:
    """No headings: sentences in yet other frames."""
    musts = [
        NEEDS[(len(job["title"]) + n) % len(NEEDS)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["essential"])
    ]
    wishes = [
        HOPES[(len(job["title"]) + n) % len(HOPES)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["desirable"])
    ]
    return f"{job['title']}\n\n{job['about']}\n\n{' '.join(map(sentence, job['duties']))}\n\n{' '.join(musts)}\n\n{' '.join(wishes)}\n\n{job['noise']}"


BEHIND = (
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
    must, wish = pick(job, "trailing", BEHIND)
    lines = [*(f"{bare(line)} {must}" if must[0] not in ":;" else f"{bare(line)}{must}" for line in job["essential"])]
    lines += [f"{bare(line)} {wish}" if wish[0] not in ":;" else f"{bare(line)}{wish}" for line in job["desirable"]]
    return f"{job['title']}\n\n{job['about']}\n\nYour tasks here\n{bullets(job['duties'])}\n\nYour profile here\n{bullets(lines)}\n\nYour benefits here\n{job['noise']}"


def trailing_flat(job: Job) -> str:
    """The same marks in one paragraph."""
    must, wish = pick(job, "flat", [one for one in BEHIND if one[0][0] in "(["])
    return f"{job['title']}. {job['about']} {' '.join(map(sentence, job['duties']))} {' '.join(f'{bare(line)} {must}.' for line in job['essential'])} {' '.join(f'{bare(line)} {wish}.' for line in job['desirable'])} {job['noise']}"


def one_line(job: Job) -> str:
    """Everything in one paragraph, with these headings and colons."""
    duties, musts, wishes, other = (one.rstrip(":?") for one in pick(job, "line", PAGES))
    return (
        f"{job['title']} | {job['about']} {duties}: {' '.join(map(sentence, job['duties']))} {musts}: {' '.join(map(sentence, job['essential']))} "
        f"{wishes}: {' '.join(map(sentence, job['desirable']))} {other}: {job['noise']}"
    )


SAID_MUST = (
    "The job requires {low}.", "We are looking for somebody with {low}.", "It is a condition of appointment that you have {low}.", "You should have {low}.",
    "Candidates need {low}.", "A prerequisite is {low}.", "{} is essential.", "We expect {low}.",
)  # fmt: skip


SAID_WISH = (
    "{} would be beneficial.", "We would also like to see {low}.", "It is an advantage to have {low}.", "{} is desirable.", "Ideally, we would find {low}.",
    "{} will be viewed favourably.", "A bonus would be {low}.", "{} would be great, but we can train you.",
)  # fmt: skip


def loud_paragraph(job: Job) -> str:
    """One paragraph with its headings in capitals, without colons."""
    names = (
        ("RESPONSIBILITIES", "REQUIREMENTS", "PREFERRED", "BENEFITS"),
        ("KEY DUTIES", "MINIMUM QUALIFICATIONS", "DESIRED QUALIFICATIONS", "COMPENSATION"),
        ("JOB DUTIES", "REQUIRED SKILLS", "PREFERRED SKILLS", "HOW TO APPLY"),
    )
    duties, musts, wishes, other = pick(job, "loud", names)
    return f"{job['title']} {job['about']} {duties} {' '.join(map(sentence, job['duties']))} {musts} {' '.join(map(sentence, job['essential']))} {wishes} {' '.join(map(sentence, job['desirable']))} {other} {job['noise']}"


def formal(job: Job) -> str:
    """No headings: sentences as offices write them."""
    musts = [
        SAID_MUST[(len(job["title"]) + n) % len(SAID_MUST)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["essential"])
    ]
    wishes = [
        SAID_WISH[(len(job["title"]) + n) % len(SAID_WISH)].format(bare(line), low=low(bare(line)))
        for n, line in enumerate(job["desirable"])
    ]
    return f"{job['title']}\n\n{job['about']}\n\n{' '.join(map(sentence, job['duties']))}\n\n{' '.join(musts)} {' '.join(wishes)}\n\n{job['noise']}"


WORDED: tuple[Callable[[Job], str], ...] = (
    careers_site, careers_bare, careers_paragraph, bulletin, recruiter, by_topic, lettered, starred, assessed, bold_leads, said, mixed,
    emoji, copied, authority, coded, announced, told, web_page, no_breaks, by_topic_above, two_columns, moscow, wished_first,
    municipal, county, outline, styled, nested, spoken_of, required_lines, lower_case, closed, trailing, trailing_flat, one_line,
    loud_paragraph, formal,
)  # fmt: skip
