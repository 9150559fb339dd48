"""The commands of `cvsense runs`, as typer reads them; each hands over to a module that is imported only then."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from .options import AsJson, BaseUrl, examples

runs_app: Final = typer.Typer(
    help="Runs that have a journal: what became of them, their results, and their end.",
    epilog="""\b
Examples:
  cvsense runs list
  cvsense runs show 3f9a
  cvsense screen --resume 3f9a
  cvsense runs export 3f9a -o ranking.csv
  cvsense runs cancel 3f9a
  cvsense runs recheck 3f9a
  cvsense runs settle 3f9a
  cvsense runs forget 3f9a
  cvsense runs forget --older-than 30d

A run is named by its journal's file, or by the name that `cvsense runs list` shows.""",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Run = Annotated[str, typer.Argument(metavar="RUN", help="A journal's file, or a name that `cvsense runs list` shows.")]


@runs_app.command("list", epilog=examples("runs list", "runs list --json | jq '.[] | select(.unfinished) | .run'"))
def runs_list(as_json: AsJson = False) -> None:
    """List the runs whose journals are kept in the state folder, the newest first."""
    from . import runs

    raise typer.Exit(runs.list_runs(as_json=as_json))


@runs_app.command("show", epilog=examples("runs show 3f9a", "runs show tonight.journal --json | jq .not_sent"))
def runs_show(run: Run, as_json: AsJson = False) -> None:
    """Show how a run stands: its job, its CVs by how they ended, its credits, and what is open at the service."""
    from . import runs

    raise typer.Exit(runs.show_run(run, as_json=as_json))


@runs_app.command(
    "export", epilog=examples("runs export 3f9a -o ranking.csv", "runs export night.journal -o all.jsonl")
)
def runs_export(
    run: Run,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The .csv or .jsonl to write.")],
) -> None:
    """Write every result that a run has collected to a file. It sends nothing, and needs no key.

    Of a damaged journal it writes what can still be read.
    """
    from . import runs

    raise typer.Exit(runs.export_run(run, output))


@runs_app.command("cancel", epilog=examples("runs cancel 3f9a"))
def runs_cancel(run: Run, base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Cancel what a run has open at the service: what was processed is collected, the other credits come back."""
    from . import runs_cancel as cancelling

    raise typer.Exit(cancelling.cancel_run(run, base_url, as_json=as_json))


@runs_app.command("recheck", epilog=examples("runs recheck 3f9a", "runs recheck 3f9a --json | jq .unsettled"))
def runs_recheck(run: Run, base_url: BaseUrl = None, as_json: AsJson = False) -> None:
    """Ask the service again for what a run left open or unsettled. It costs no credit, and sends no CV.

    What can be told now is kept in the journal: results, and CVs that hold no credit after all. The run does not go
    on. The exit status is 3 while something is open or unsettled.
    """
    from . import runs_recheck as rechecking

    raise typer.Exit(rechecking.recheck_run(run, base_url, as_json=as_json))


@runs_app.command(
    "settle",
    epilog=examples(
        "runs settle 3f9a",
        "runs settle 3f9a ada.pdf grace.pdf --send-again",
        "runs settle 3f9a cvs/ada.pdf --accept 7012",
        "runs settle 3f9a --all --give-up --yes",
    ),
)
def runs_settle(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="CV", help="Unsettled CVs: file names, paths, or digits of the content's SHA-256."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are unsettled.")] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="Send them at the next --resume; may cost a second credit each.")
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option("--accept", metavar="RESULT", help="This result of its batch is the CV's; costs nothing more."),
    ] = None,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="They end as failed; what they may hold stays spent.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is written down.")] = False,
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say what is to become of unsettled CVs, of which nobody can tell whether they hold a credit.

    Without a CV it lists them, with the results that were kept because nobody could tell whose they are. Your word
    is written down in the journal, with when. A name that several of them have is refused, with the list.
    """
    from .runs_settle import Order, settle_run

    order = Order(
        run, tuple(names or ()), every=every, send_again=send_again, accept=accept, give_up=give_up, yes=yes,
        base_url=base_url, as_json=as_json,
    )  # fmt: skip
    raise typer.Exit(settle_run(order))


@runs_app.command(
    "forget", epilog=examples("runs forget 3f9a", "runs forget tonight.journal --yes", "runs forget --older-than 30d")
)
def runs_forget(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A journal's file, or a name that `cvsense runs list` shows.")
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="All runs of the state folder begun longer ago: hours, days, weeks (30d).",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is erased.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Even if batches are open at the service, or the journal is damaged.")
    ] = False,
) -> None:
    """Erase a run for good. Names, job and results are overwritten, then the file is removed.

    While batches are open at the service it refuses, for nobody could collect them any more; with --older-than such
    runs are named and left. What is erased is paid for anew if it is screened again.
    """
    from . import runs_forget as forgetting

    raise typer.Exit(forgetting.forget_run(run, older_than, yes=yes, force=force))
