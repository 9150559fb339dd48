"""Shows a CV with its evidence marked in place, as one HTML page without scripts or anything loaded from elsewhere.

A score is believed when its grounds can be seen where they stand.
"""
# ruff: noqa: E501 (style sheets and markup are easier to read whole)

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from cvsense_async.sandbox.ebsv.document import Document, SectionKind
from cvsense_async.sandbox.ebsv.engine import Classification, Screening, SkillFinding
from cvsense_async.sandbox.ebsv.requirements import JobRequirements

_NOTE = "Scores of the sandbox are its own, not CVSense's."
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2433;--soft:#5b6478;--line:#e3e7ee;--paper:#fff;--ground:#f4f6fa;--evidenced:#17764c;--claimed:#8f5f0c;
--missing:#b3352a;--shown:#d3f0e1;--said:#fbe8c4;--warn:#fdeeee;--ring:#3b6fd4}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9f0;--soft:#9aa4b8;--line:#2d3547;--paper:#181e2b;--ground:#0f131c;--evidenced:#5fd39c;--claimed:#e8b65a;
--missing:#f08a80;--shown:#1d4a37;--said:#53401a;--warn:#40201f;--ring:#8fb0f5}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1180px;margin:0 auto;padding:32px 20px;display:grid;gap:20px;grid-template-columns:minmax(0,5fr) minmax(0,6fr);align-items:start}
header,footer{grid-column:1/-1}h1{margin:0 0 2px;font-size:24px;line-height:1.25}h2{font-size:15px;margin:0 0 10px;color:var(--soft);font-weight:600}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:20px}.asked{position:sticky;top:20px;max-height:calc(100vh - 40px);overflow:auto}
.top{display:flex;gap:28px;align-items:center}.score{font-size:46px;font-weight:700;line-height:1;font-variant-numeric:tabular-nums}.band{color:var(--soft)}
.of{font-size:13px;color:var(--soft)}.bar,.tally{display:flex;height:8px;border-radius:4px;background:var(--line);margin-top:8px;overflow:hidden}
.bar i,.tally i{display:block;height:100%}.tally{max-width:420px;margin:12px 0 6px;gap:2px}i.evidenced{background:var(--evidenced)}i.claimed{background:var(--claimed)}
i.missing{background:var(--missing)}.exceptional i,.strong i{background:var(--evidenced)}.good i{background:var(--ring)}.fair i{background:var(--claimed)}
.limited i,.invalid i{background:var(--missing)}ul{margin:0;padding-left:18px}li{margin:4px 0}.find{border-left:4px solid;padding:2px 0 2px 12px;margin:14px 0}
.find.evidenced{border-color:var(--evidenced)}.find.claimed{border-color:var(--claimed)}.find.missing{border-color:var(--missing)}
.tag{font-size:12px;font-weight:600;text-transform:uppercase;letter-spacing:.04em}.tag.evidenced{color:var(--evidenced)}
.tag.claimed{color:var(--claimed)}.tag.missing{color:var(--missing)}.why{color:var(--soft);font-size:13px}.quote{display:block;margin-top:3px}
q{font-style:italic;quotes:"“" "”";color:var(--ink);opacity:.85}.quote a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px}
.quote a:hover,.quote a:focus{text-decoration-color:currentColor}.clip{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 6px;padding:0 0 12px;border-bottom:1px solid var(--line);font-size:13px;color:var(--soft)}
.cv h3{font-size:13px;color:var(--soft);border-bottom:1px solid var(--line);margin:18px 0 6px;padding-bottom:2px}.cv h3 small{font-weight:400}
.cv p{margin:3px 0;white-space:pre-wrap;overflow-wrap:anywhere}.cv .bullet{padding-left:14px;text-indent:-10px}.cv .bullet::before{content:"• "}
mark{color:inherit;background:var(--shown);border-radius:3px;padding:1px 3px;box-decoration-break:clone;-webkit-box-decoration-break:clone}
mark.claimed{background:var(--said)}mark sup{font-size:10px;font-weight:600;color:var(--soft);padding-left:3px;line-height:0}
a:target+mark,a:target~mark:first-of-type{outline:2px solid var(--ring)}.cv a{scroll-margin-top:30vh}.hidden{opacity:.5;text-decoration:line-through}
.flag{display:inline-block;background:var(--warn);color:var(--missing);border-radius:10px;padding:1px 10px;font-size:13px;margin:2px 4px 2px 0}
@media(max-width:820px){main{grid-template-columns:minmax(0,1fr)}.asked{position:static;max-height:none}}
@media print{:root{--ink:#000;--soft:#444;--line:#ccc;--paper:#fff;--ground:#fff;--evidenced:#17764c;--claimed:#8f5f0c;--missing:#b3352a;--shown:#d3f0e1;--said:#fbe8c4;--warn:#fdeeee}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}main{display:block;padding:0;max-width:none}.card{border:0;border-bottom:1px solid var(--line);border-radius:0;padding:10px 0}
.asked{position:static;max-height:none;overflow:visible}.find,li,.cv p,.top{break-inside:avoid}h2,h3{break-after:avoid}.quote a{text-decoration:none}.clip{display:block}}
@page{margin:16mm}
"""
_STATES = (Classification.EVIDENCED, Classification.CLAIMED, Classification.MISSING)
_MEANINGS = {"evidenced": "shown in use", "claimed": "named, not shown in use"}


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
            '<section class="card asked"><h2>What the job asks</h2>',
            *(_finding(number, one) for number, one in enumerate(screening.skills)),
            '</section><section class="card cv"><h2>The CV, with its evidence</h2>',
            _legend(document),
            *_body(document, screening),
            f'</section><footer class="why">{_NOTE}</footer></main></body></html>',
        )
    )


def _head(title: str, screening: Screening) -> Iterator[str]:
    band = escape(screening.match_status)
    yield f'<header class="card"><div class="top"><div><div class="score">{screening.score:g}</div><div class="of">of 100</div>'
    yield f'<div class="bar {band}"><i style="width:{screening.score:.0f}%"></i></div></div><div><h1>{title}</h1>'
    yield f'<div class="band">{band.capitalize()} match</div>{_tally(screening)}<p>{escape(screening.summary)}</p>'
    yield "".join(f'<span class="flag">{escape(flag.replace("_", " "))}</span>' for flag in screening.flags)
    yield "</div></div></header>"
    for name, lines in (("Strengths", screening.strengths), ("Weaknesses", screening.weaknesses)):
        items = "".join(f"<li>{escape(line)}</li>" for line in lines) or "<li>None found.</li>"
        yield f'<section class="card"><h2>{name}</h2><ul>{items}</ul></section>'


def _tally(screening: Screening) -> str:
    """How many requirements are evidenced, claimed and missing, as a bar and in words."""
    counts = {one.value: sum(found.classification is one for found in screening.skills) for one in _STATES}
    bars = "".join(f'<i class="{name}" style="flex:{count}"></i>' for name, count in counts.items() if count)
    words = " · ".join(f'<span class="tag {name}">{count} {name}</span>' for name, count in counts.items())
    return f'<div class="tally">{bars}</div>{words}' if bars else ""


def _legend(document: Document) -> str:
    marks = "".join(f'<span><mark class="{name}">{name}</mark> {said}</span>' for name, said in _MEANINGS.items())
    hidden = any(line.hidden for _, line in document.lines())
    unseen = (
        '<span><span class="hidden">hidden</span> in the file, but not to be seen; not counted</span>' if hidden else ""
    )
    return f'<div class="legend">{marks}{unseen}<span>The small numbers are those of the requirements.</span></div>'


def _finding(number: int, one: SkillFinding) -> str:
    verdict = one.classification.value
    quotes = "".join(
        f'<div class="why quote"><a href="#e{number}-{place}"><q class="clip">{escape(quote.quote)}</q></a>'
        f"{escape(quote.section or '')}{f', page {quote.page}' if quote.page else ''}</div>"
        for place, quote in enumerate(one.evidence)
    )
    return (
        f'<div class="find {verdict}"><span class="why">{number + 1}</span> <span class="tag {verdict}">{verdict}</span> '
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
        named = "The top of the CV" if section.kind is SectionKind.HEADER else section.kind.value.capitalize()
        kind = (
            f" <small>({section.kind.value})</small>" if section.title.lower() not in ("", section.kind.value) else ""
        )
        yield f"<h3>{escape(section.title or named)}{kind}</h3>"
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
        numbers = ",".join(dict.fromkeys(str(int(anchor[1:].split("-")[0]) + 1) for anchor in anchors))
        told = f"<sup>{numbers}</sup>" if numbers else ""
        anchors.clear()
        parts.append(escape(text[at : match.start()]))
        parts.append(f'{spans}<mark class="{verdict}">{escape(match.group())}{told}</mark>')
        at = match.end()
    return "".join([*parts, escape(text[at:])])
