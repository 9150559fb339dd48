"""Writes an invented job in ways on which the parser was never tuned: other shapes, each in many wordings.

What the parser makes of adverts that nobody here has seen can only be told from such as these. When they have been looked at, they
belong among the known layouts, and new ones take their place.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

from advert_layouts import Job, bullets, low, sentence
from advert_wordings import Wording, bare, pick

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

AFTER = (
    ("(req'd)", "(pref.)"), ("- mandatory requirement", "- strongly preferred"), ("(must-have!)", "(big plus)"), (": compulsory", ": if possible"),
    ("(required at entry)", "(preferred, not required)"), ("; this is needed", "; this is optional"), ("[Required]", "[Preferred]"), ("— a must", "— nice, but no must"),
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


def lower_case(job: Job) -> str:
    """Everything in lower case where a young firm likes it so, arrows as bullets."""
    duties, musts, wishes, other = (one.lower() for one in pick(job, "lower", PAGES))
    return (
        f"{job['title'].lower()}\n\n{job['about']}\n\n{duties}\n{bullets(job['duties'], '→ ')}\n\n{musts}\n{bullets(job['essential'], '→ ')}\n\n"
        f"{wishes}\n{bullets(job['desirable'], '→ ')}\n\n{other}\n{job['noise']}"
    )


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


HELD_OUT: tuple[Callable[[Job], str], ...] = (
    municipal, county, required_lines, outline, styled, lower_case, nested, closed, trailing, trailing_flat, one_line, spoken_of,
)  # fmt: skip
