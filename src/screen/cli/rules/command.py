"""`rsd rules`: the rule book checked, shown, tried and proved."""

import typer

from screen.cli.lazy import LazyCommand, lazy_group

_PACKAGE = "screen.cli.rules"

app = typer.Typer(
    cls=lazy_group(
        LazyCommand(
            "prove",
            f"{_PACKAGE}.prove:prove",
            "Look for a case that breaks what no rule book may break, and tell what looks like a slip of the law.",
        ),
        LazyCommand(
            "check",
            f"{_PACKAGE}.check:check",
            "Report every mistake of the rule files, and what looks wrong in them.",
        ),
        LazyCommand(
            "show",
            f"{_PACKAGE}.show:show",
            "Print a criterion with its law, its words, what it needs and what needs it; without a name, list them "
            "all.",
        ),
        LazyCommand(
            "readings",
            f"{_PACKAGE}.show:readings",
            "Print every contested point, its sides with their authority, and which profile takes which.",
        ),
        LazyCommand(
            "claims",
            f"{_PACKAGE}.show:claims",
            "Print the paper argument by argument, and where the rule book takes each proposition up.",
        ),
        LazyCommand(
            "schema",
            f"{_PACKAGE}.schema:schema",
            "Print JSON Schemas of rule files, case files and determinations, for editors and other programs.",
        ),
        LazyCommand(
            "test",
            f"{_PACKAGE}.test:try_cases",
            "Try every law case and print where the rule book and the case differ.",
        ),
        LazyCommand(
            "coverage",
            f"{_PACKAGE}.test:coverage",
            "Print which findings no law case ever gives a criterion: law that nothing has tried.",
        ),
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check, show, try and prove the rule book.",
)


@app.callback()
def rules() -> None:
    pass  # Typer makes a group of an app with a callback, and it knows no command of this one
