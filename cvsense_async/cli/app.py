"""The commands and their options, as typer reads them; each hands over to a module that is imported only then.

The help is where most people learn the tool, so it shows examples and says what every exit status means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from .app_runs import runs_app
from .options import AsJson, BaseUrl, FailOnRejected, examples
from .statuses import EXIT_STATUSES

_EXITS = "\b\nExit status:\n" + "\n".join(f"  {line}" for line in EXIT_STATUSES.splitlines())

SCREEN_EPILOG = f"""\b
Examples:
  cvsense screen cvs/ --job advert.md --sandbox
  cvsense screen cvs/ 'inbox/*.docx' --job 7 --max-credits 200 --output ranking.csv
  cvsense screen cvs/ --job advert.txt --yes --json | jq '.results[0]'
  cvsense screen cvs/ --job advert.md --again

\b
A run keeps a journal. After a crash, Ctrl-C, or a lack of credits it goes on from
there, and pays for nothing twice:
  cvsense runs list
  cvsense screen --resume 3f9a
  cvsense screen cvs/ --job advert.md --journal tonight.journal
  cvsense screen --resume tonight.journal

{_EXITS}"""

app: Final = typer.Typer(
    name="cvsense",
    help="Screen CVs with the CVSense API, or with a sandbox of it on this machine.",
    epilog=f"""\b
Start without a key:     cvsense screen cvs/ --job advert.md --sandbox
With one:                export CVSENSE_API_KEY=cvs_…
                         cvsense doctor
                         cvsense screen cvs/ --job advert.md
Go on after a crash:     cvsense runs list
                         cvsense screen --resume 3f9a

The key is read from CVSENSE_API_KEY only. CVSENSE_BASE_URL names another address
of the API, CVSENSE_STATE_DIR another folder for the journals of runs, NO_COLOR
turns colours off, CVSENSE_DEBUG=1 shows tracebacks.

{_EXITS}""",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
jobs_app: Final = typer.Typer(help="The account's jobs.", no_args_is_help=True, rich_markup_mode=None)
batch_app: Final = typer.Typer(
    help="A batch that a run has left open, by its id.", no_args_is_help=True, rich_markup_mode=None
)
sandbox_app: Final = typer.Typer(help="The CVSense API on this machine, to try out and to test.", no_args_is_help=True,
                          rich_markup_mode=None)  # fmt: skip
app.add_typer(jobs_app, name="jobs")
app.add_typer(batch_app, name="batch")
app.add_typer(runs_app, name="runs")
app.add_typer(sandbox_app, name="sandbox")

JobId = Annotated[str, typer.Argument(metavar="ID", help="As `cvsense jobs list` shows it.")]
BatchId = Annotated[str, typer.Argument(metavar="ID", help="As the run that left it has said.")]
Paths = Annotated[
    list[str], typer.Argument(metavar="PATH", help="CVs (PDF, DOCX), folders, patterns in quotes, or URLs.")
]
BatchSize = Annotated[
    int | None, typer.Option("--batch-size", min=1, metavar="N", help="CVs a screening batch. Default: 50.")
]


def _version(asked: bool) -> None:
    if asked:
        from cvsense_async import __version__

        typer.echo(f"cvsense {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Screen CVs with the CVSense API, or with a sandbox of it on this machine."""


@app.command(epilog=SCREEN_EPILOG)
def screen(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="CVs (PDF, DOCX), folders, patterns in quotes, or URLs."),
    ] = None,
    job: Annotated[
        str | None,
        typer.Option(
            "--job", metavar="FILE|ID", help="The advert (.md, .txt, .html), or the id of a job of the account."
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Screen on this machine: no key, no credits; the scores are its own.")
    ] = False,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, metavar="N", help="Results to show. Default: 20; with --json all."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write every result to this .csv or .jsonl as batches finish."
        ),
    ] = None,
    reports: Annotated[
        str | None,
        typer.Option("--reports", metavar="DIR", help="Fetch the PDF reports of the top N into this folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before credits are spent.")] = False,
    max_credits: Annotated[
        int | None, typer.Option("--max-credits", min=0, metavar="N", help="Spend no more than this.")
    ] = None,
    journal: Annotated[
        str | None,
        typer.Option("--journal", metavar="FILE", help="Keep the run's journal here, not in the state folder."),
    ] = None,
    no_journal: Annotated[
        bool, typer.Option("--no-journal", help="Keep none: Ctrl-C then cancels, and a crash loses the run.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume", metavar="RUN", help="Go on with a run: its journal's file, or its name in `runs list`."
        ),
    ] = None,
    reuse: Annotated[
        list[str] | None,
        typer.Option(
            "--reuse",
            metavar="RUN",
            help="Take what this earlier run of the same job has results of, wherever its journal is; may be repeated.",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Pay anew for CVs that an earlier run for this job has results of.")
    ] = False,
    retry_failed: Annotated[
        int | None,
        typer.Option(
            "--retry-failed",
            min=0,
            metavar="N",
            help="Send the CVs of a failed batch again, N times at most; with --resume those that failed before, too.",
        ),
    ] = None,
    fail_on_rejected: FailOnRejected = False,
    batch_size: BatchSize = None,
    rate_limit: Annotated[
        str | None,
        typer.Option("--rate-limit", metavar="N/SECONDS", help="Requests that this run may make. Default: 120/60."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Send slower and evenly, if 429s come up.")] = False,
    poll_interval: Annotated[
        str | None,
        typer.Option(
            "--poll-interval", metavar="MIN:MAX", help="Seconds between two polls. Default: 5:10; sandbox 0.5:2."
        ),
    ] = None,
    base_url: BaseUrl = None,
) -> None:
    """Screen CVs for a job and show them ranked.

    Each CV costs one credit. On a terminal it says first what it will take, and asks. What is no CV, or is there
    twice, is told before it costs anything, and what an earlier run for the same advert has a result of is not paid
    for again, unless --again is given. Ctrl-C sends nothing new and shows what is done; what was started goes
    on at the service, and --resume collects it. Without a journal (--no-journal, --sandbox) Ctrl-C cancels instead.
    """
    from .order import Order
    from .screen import screen as carry_out

    order = Order(
        paths=tuple(paths or ()), job=job, sandbox=sandbox, top=top, output=output, reports=reports, as_json=as_json,
        yes=yes, journal=journal, no_journal=no_journal, resume=resume, reuse=tuple(reuse or ()), again=again,
        retry_failed=retry_failed, max_credits=max_credits, batch_size=batch_size, rate_limit=rate_limit, strict=strict,
        poll_interval=poll_interval, base_url=base_url, fail_on_rejected=fail_on_rejected,
    )  # fmt: skip
    raise typer.Exit(carry_out(order))


@app.command(
    epilog=examples(
        "plan cvs/", "plan cvs/ --job advert.md", "plan 'inbox/*.pdf' --batch-size 200 --json | jq .credits"
    )
)
def plan(
    paths: Paths,
    job: Annotated[
        str | None,
        typer.Option(
            "--job", metavar="FILE|ID", help="The advert: what an earlier run for it has paid for counts as paid."
        ),
    ] = None,
    batch_size: BatchSize = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Say what screening would take: credits, requests, minutes. It sends no CV, and asks for the balance alone.

    With --job it also says which of the CVs an earlier run has results of, as `cvsense screen` would take them.
    """
    from . import planning

    raise typer.Exit(planning.plan(paths, job, batch_size or 50, base_url, as_json=as_json))


@app.command(
    epilog=examples("doctor", "doctor --base-url http://127.0.0.1:8017/api/v1", "doctor --paid --record exchange.json")
)
def doctor(
    base_url: BaseUrl = None,
    as_json: AsJson = False,
    paid: Annotated[
        bool, typer.Option("--paid", help="Also screen one invented CV (one credit) and try each endpoint.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before the credit is spent.")] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Keep what was sent, without the key and without persons."),
    ] = None,
) -> None:
    """Check the connection, the key and what the service answers. Without --paid it only reads, and costs no credits.

    What the service's own documentation says is "documented", what this package had to assume is "assumed"; an
    assumption that differs is told and is no failure. --paid walks through all endpoints and says for each assumption:
    holds, differs, not seen. It takes away what it made; status 3 says that something of it may still be there.
    """
    from .doctor import doctor as carry_out

    raise typer.Exit(carry_out(base_url, as_json=as_json, paid=paid, yes=yes, record=record))


@app.command(
    epilog=examples(
        "ebsv --job advert.md cvs/*.pdf",
        "ebsv --job advert.md --requirements",
        "ebsv --job advert.md one.pdf --html one.html",
        "ebsv --text one.docx",
    )
    + f"\n\n{_EXITS}"
)
def ebsv(
    cvs: Annotated[list[str] | None, typer.Argument(metavar="CV", help="CVs (PDF, DOCX).")] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="FILE", help="The advert (.md, .txt, .html).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    requirements: Annotated[bool, typer.Option("--requirements", help="Show what is read out of the advert.")] = False,
    text: Annotated[
        str | None, typer.Option("--text", metavar="CV", help="Show the text that is read out of a CV.")
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write one CV's screening as a page.")
    ] = None,
    fail_on_rejected: FailOnRejected = False,
) -> None:
    """Run the sandbox's screening alone, without a server. The scores are the sandbox's own, not CVSense's.

    Each CV is read in a worker process, within 10 seconds and 512 MB; one that cannot be read is listed with
    why. One on which the screening itself fails is listed apart, and makes the exit status 3.
    """
    from .ebsv import Order
    from .ebsv import ebsv as carry_out

    order = Order(
        cvs=tuple(cvs or ()), job=job, as_json=as_json, requirements=requirements, text=text, html=html,
        fail_on_rejected=fail_on_rejected,
    )  # fmt: skip
    raise typer.Exit(carry_out(order))


@app.command(epilog=examples("openapi > openapi.json"))
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API, as this package speaks it."""
    from cvsense_async.api.openapi import document

    from .consoles import emit
    from .safe import json_text

    emit(json_text(document(), indent=2) + "\n")


@app.command(epilog=examples("account", "account --json | jq .plan"))
def account(base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Show the account and its plan."""
    from . import account as looks

    raise typer.Exit(looks.account(base_url, as_json=as_json))


@app.command(epilog=examples("credits", "credits --json | jq .balance"))
def credits(base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Show the credit balance."""
    from . import account as looks

    raise typer.Exit(looks.credits(base_url, as_json=as_json))


@app.command(epilog=examples("usage", "usage --json | jq '.[0]'"))
def usage(base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Show the last 50 credit transactions."""
    from . import account as looks

    raise typer.Exit(looks.usage(base_url, as_json=as_json))


@jobs_app.command("list", epilog=examples("jobs list", "jobs list --json | jq '.[] | {id, title}'"))
def jobs_list(base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """List the jobs."""
    from . import account as looks

    raise typer.Exit(looks.jobs_list(base_url, as_json=as_json))


@jobs_app.command("get", epilog=examples("jobs get 7", "screen cvs/ --job 7"))
def jobs_get(
    job_id: JobId,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show one job."""
    from . import account as looks

    raise typer.Exit(looks.jobs_get(job_id, base_url, as_json=as_json))


@batch_app.command("status", epilog=examples("batch status 31", "batch status 31 --json | jq .status"))
def batch_status(
    batch_id: BatchId,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show where a batch stands."""
    from . import batch

    raise typer.Exit(batch.status(batch_id, base_url, as_json=as_json))


@batch_app.command("cancel", epilog=examples("batch cancel 31"))
def batch_cancel(
    batch_id: BatchId,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a batch; the credits of CVs that were not processed come back."""
    from . import batch

    raise typer.Exit(batch.cancel(batch_id, base_url, as_json=as_json))


@sandbox_app.command(
    "serve",
    epilog=examples(
        "sandbox serve",
        "sandbox serve --port 8017 --key cvs_only_for_trying --db sandbox.sqlite3",
        "sandbox serve --engine instant --rate-limit 10000/60",
    ),
)
def sandbox_serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0: any that is free.")] = 8017,
    db: Annotated[str | None, typer.Option("--db", metavar="FILE", help="Keep everything here (else: memory).")] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The key that it accepts (else: a new one).")
    ] = None,
    credits: Annotated[int, typer.Option("--credits", min=0, metavar="N", help="The account's credits.")] = 5000,
    rate_limit: Annotated[str, typer.Option("--rate-limit", metavar="N/SECONDS", help="What it allows.")] = "120/60",
    throttle: Annotated[
        str,
        typer.Option("--throttle", metavar="KIND", help="How it counts: laravel, sliding-log, sliding-counter, gcra."),
    ] = "laravel",
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="ebsv, instant, or module:attribute of your own.")
    ] = "ebsv",
) -> None:
    """Serve the sandbox until Ctrl-C. It prints the two lines that point a shell at it.

    What it can be made to do (faults, a clock, deliveries sent again) stands under /_sandbox/ beside the API.
    """
    from .sandbox import serve

    raise typer.Exit(
        serve(port=port, db=db, key=key, credits=credits, rate_limit=rate_limit, throttle=throttle, engine=engine)
    )
