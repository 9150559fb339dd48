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
  cvsense runs forget 3f9a

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


@runs_app.command("forget", epilog=examples("runs forget 3f9a", "runs forget tonight.journal --yes"))
def runs_forget(
    run: Run,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is erased.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Even if batches are open at the service, or the journal is damaged.")
    ] = False,
) -> None:
    """Erase a run for good: names, job and results are overwritten, then the file is removed.

    While batches are open at the service it refuses, for nobody could collect them any more.
    """
    from . import runs_forget as forgetting

    raise typer.Exit(forgetting.forget_run(run, yes=yes, force=force))
