"""Shows a CV with its evidence marked in place, as one HTML page without scripts or anything loaded from elsewhere.

A score is believed when its grounds can be seen where they stand.
"""
# ruff: noqa: E501 (style sheets and markup are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.engine import Classification, Screening, SkillFinding
from cvsense_async.sandbox.ebsv.requirements import JobRequirements

_NOTE = "Scores of the sandbox are its own, not CVSense's."
_STYLE = """
:root{--ink:#1d2433;--soft:#5b6478;--line:#e3e7ee;--paper:#fff;--ground:#f4f6fa;--evidenced:#1f8a5b;--claimed:#b7791f;--missing:#c0392b}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1180px;margin:0 auto;padding:32px 20px;display:grid;gap:20px;grid-template-columns:minmax(0,5fr) minmax(0,6fr)}
header,footer{grid-column:1/-1}h1{margin:0 0 4px;font-size:24px}h2{font-size:15px;margin:0 0 10px;color:var(--soft);font-weight:600}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:20px}
.top{display:flex;gap:24px;align-items:center}.score{font-size:46px;font-weight:700;line-height:1}.band{color:var(--soft)}
.bar{height:8px;border-radius:4px;background:var(--line);margin-top:8px;overflow:hidden}.bar i{display:block;height:100%;background:var(--evidenced)}
ul{margin:0;padding-left:18px}li{margin:4px 0}.find{border-left:4px solid;padding:2px 0 2px 12px;margin:12px 0}
.evidenced{border-color:var(--evidenced)}.claimed{border-color:var(--claimed)}.missing{border-color:var(--missing)}
.tag{font-size:12px;font-weight:600;text-transform:uppercase;letter-spacing:.04em}.tag.evidenced{color:var(--evidenced)}
.tag.claimed{color:var(--claimed)}.tag.missing{color:var(--missing)}.why{color:var(--soft);font-size:13px}
q{font-style:italic;quotes:"“" "”"}a{color:inherit}.cv h3{font-size:13px;color:var(--soft);border-bottom:1px solid var(--line);margin:18px 0 6px}
.cv p{margin:3px 0;white-space:pre-wrap;overflow-wrap:anywhere}.cv .bullet{padding-left:14px;text-indent:-10px}.cv .bullet::before{content:"• "}
mark{background:#d7f2e4;border-radius:3px;padding:0 2px}mark.claimed{background:#fbeacb}.hidden{opacity:.45;text-decoration:line-through}
.flag{display:inline-block;background:#fdeeee;color:var(--missing);border-radius:10px;padding:1px 10px;font-size:13px;margin:2px 4px 2px 0}
@media(max-width:820px){main{grid-template-columns:1fr}}@media print{body{background:#fff}.card{break-inside:avoid-page}}
"""


def render_html(job: JobRequirements, document: Document, screening: Screening) -> str:
    """The page: the verdict, each requirement with its quotes, and the CV with the quotes marked. All text is escaped."""
    title = escape(job.title or "Screening")
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
            *_head(title, screening),
            '<section class="card"><h2>What the job asks</h2>',
            *(_finding(number, one) for number, one in enumerate(screening.skills)),
            '</section><section class="card cv"><h2>The CV, with its evidence</h2>',
            *_body(document, screening),
            f'</section><footer class="why">{_NOTE}</footer></main></body></html>',
        )
    )


def _head(title: str, screening: Screening) -> Iterator[str]:
    yield f'<header class="card"><div class="top"><div><div class="score">{screening.score:g}</div>'
    yield f'<div class="bar"><i style="width:{screening.score:.0f}%"></i></div></div><div><h1>{title}</h1>'
    yield f'<div class="band">{escape(screening.match_status.capitalize())} match</div><p>{escape(screening.summary)}</p>'
    yield "".join(f'<span class="flag">{escape(flag.replace("_", " "))}</span>' for flag in screening.flags)
    yield "</div></div></header>"
    for name, lines in (("Strengths", screening.strengths), ("Weaknesses", screening.weaknesses)):
        items = "".join(f"<li>{escape(line)}</li>" for line in lines) or "<li>None found.</li>"
        yield f'<section class="card"><h2>{name}</h2><ul>{items}</ul></section>'


def _finding(number: int, one: SkillFinding) -> str:
    verdict = one.classification.value
    quotes = "".join(
        f'<div class="why"><a href="#e{number}-{place}"><q>{escape(quote.quote)}</q></a> '
        f"{escape(quote.section or '')}{f', page {quote.page}' if quote.page else ''}</div>"
        for place, quote in enumerate(one.evidence)
    )
    return (
        f'<div class="find {verdict}"><span class="tag {verdict}">{verdict}</span> '
        f'<span class="why">{one.importance.value}</span><div>{escape(one.name)}</div>{quotes}</div>'
    )


def _body(document: Document, screening: Screening) -> Iterator[str]:
    quotes: dict[str, tuple[str, list[str]]] = {}
    for number, one in enumerate(screening.skills):
        for place, quote in enumerate(one.evidence):
            verdict, anchors = quotes.setdefault(quote.quote, (one.classification.value, []))
            anchors.append(f"e{number}-{place}")
            if one.classification is Classification.EVIDENCED and verdict != "evidenced":
                quotes[quote.quote] = ("evidenced", anchors)
    for section in document.sections:
        yield f"<h3>{escape(section.title or section.kind.value.capitalize())}</h3>"
        for line in section.lines:
            style = " ".join(name for name, on in (("bullet", line.bullet), ("hidden", line.hidden)) if on)
            shown = escape(line.text) if line.hidden else _marked(line.text, quotes)
            yield f'<p class="{style}">{shown}</p>' if style else f"<p>{shown}</p>"


def _marked(text: str, quotes: dict[str, tuple[str, list[str]]]) -> str:
    """The line, escaped, with each quote in it marked; a quote's anchors stand only where it is met first."""
    here = sorted((quote for quote in quotes if quote and quote in text), key=len, reverse=True)
    if not here:
        return escape(text)
    parts: list[str] = []
    at = 0
    for match in re.finditer("|".join(map(re.escape, here)), text):
        verdict, anchors = quotes[match.group()]
        spans = "".join(f'<a id="{anchor}"></a>' for anchor in anchors)
        anchors.clear()
        parts.append(escape(text[at : match.start()]))
        parts.append(f'{spans}<mark class="{verdict}">{escape(match.group())}</mark>')
        at = match.end()
    return "".join([*parts, escape(text[at:])])
