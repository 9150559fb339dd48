"""The page at `/_sandbox/`: what a person who opens the sandbox in a browser wants to know first.

Everything that is shown is made here; nothing from a CV or a caller stands on it.
"""

from __future__ import annotations

import html
from typing import Any

from cvsense_async.api.registry import endpoints

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d2733, #e6ebf0); --soft: light-dark(#5d6b7a, #9aa7b4);
  --line: light-dark(#d9dfe5, #36424e); --card: light-dark(#f4f6f8, #1f272f); --page: light-dark(#fff, #14191e); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .3rem 0 }
.soft { color: var(--soft) } code { font: .9em ui-monospace, monospace }
pre { background: var(--card); padding: 1rem; border-radius: .5rem; overflow-x: auto }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem; margin: 0 }
dl div { background: var(--card); padding: .6rem .9rem; border-radius: .5rem }
dt { color: var(--soft); font-size: .85rem }
dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid var(--line); padding: .35rem .8rem .35rem 0; vertical-align: top }
"""

_SWITCHES = (
    ("GET", "/_sandbox/state", "How much of everything there is."),
    ("GET", "/_sandbox/ledger", "The credits, and the sums of their movements."),
    ("POST", "/_sandbox/faults", 'Arm a fault: {"operation": "upload_cvs", "status": 503, "times": 2}.'),
    ("GET · DELETE", "/_sandbox/faults", "What is armed, and how often each struck; disarm all."),
    ("GET · POST", "/_sandbox/clock", 'The time; move it forward: {"advance": 60}.'),
    ("GET", "/_sandbox/deliveries", "Webhook deliveries and their attempts."),
    ("POST", "/_sandbox/deliveries/{id}/replay", "Send one again."),
    ("POST", "/_sandbox/reset", "As it was when it was new."),
    ("GET", "/_sandbox/openapi.json", "The API as OpenAPI 3.1."),
)


def render(url: str, state: dict[str, Any], ledger: dict[str, Any], throttle: str) -> str:
    """The page as HTML."""
    shown = {"Credits left": ledger["balance"], "Reserved": ledger["reserved"], "Used": ledger["used"]}
    shown |= {name: state[name.lower()] for name in ("Jobs", "Batches", "Candidates", "Shortlists", "Webhooks")}
    shown |= {"Refused (429)": state["throttled"]}
    facts = "".join(f"<div><dt>{_(name)}</dt><dd>{_(value)}</dd></div>" for name, value in shown.items())
    calls = _table((spec.method, spec.path, spec.summary) for spec in endpoints())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>CVSense sandbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>"
        "<h1>CVSense sandbox</h1>"
        '<p class="soft">The CVSense API v1 on this machine. Its scores are its own, not CVSense\'s.</p>'
        f"<h2>Where it is</h2><pre>export CVSENSE_BASE_URL={_(url)}\nexport CVSENSE_API_KEY=… (the one it was started"
        f" with)</pre><p class=soft>Rate limit: {_(throttle)}.</p>"
        f"<h2>Now</h2><dl>{facts}</dl>"
        f"<h2>Switches</h2><p class=soft>No key, no rate limit; loopback only.</p>{_table(_SWITCHES)}"
        f"<h2>The API</h2><p class=soft>Under <code>/api/v1</code>, with the key.</p>{calls}</body></html>"
    )


def _(value: object) -> str:
    return html.escape(str(value))


def _table(rows: Any) -> str:
    cells = "".join(
        f"<tr><td><code>{_(method)}</code></td><td><code>{_(path)}</code></td><td>{_(words)}</td></tr>"
        for method, path, words in rows
    )
    return f'<div class="wide"><table>{cells}</table></div>'
