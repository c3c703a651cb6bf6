"""`rsd rules`: the law as data, checked, shown, tried and described."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import display
from screen.cli.settings import Rules, book_of, rule_folder

if TYPE_CHECKING:
    from screen.law_cases import Tried

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check, show and try the rule book.")


@app.command()
def check(
    rules: Rules = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let what only looks wrong count as a mistake.")] = False,
) -> None:
    """Report every mistake of the rule files, and what looks wrong in them."""
    from screen.language.book import check_book
    from screen.language.lint import lints
    from screen.law_cases import law_cases
    from screen.training.exercise import exercises_of

    checked = check_book(rule_folder(rules))
    mistakes = list(checked.mistakes)
    found = []
    if checked.book:
        mistakes += law_cases(checked.cases, checked.book)[1]
        mistakes += exercises_of(checked.exercises, checked.book)[1]
        found = lints(checked.book, checked.place)
    for mistake in sorted([*mistakes, *found]):
        display.complain(str(mistake))
    if checked.book and not mistakes:
        book = checked.book
        typer.echo(
            f"{book.title} {book.version}: {len(book.facts)} facts, {len(book.criteria)} criteria, "
            f"{len(book.sources)} authorities, {len(book.profiles)} profiles, {len(checked.cases)} law cases, "
            f"{len(checked.exercises)} exercises. "
            f"No mistakes, {len(found)} lints."
        )
    if mistakes or (strict and found):
        raise typer.Exit(1)


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A criterion, fact, reading, profile or source.")
    ] = None,
    rules: Rules = None,
) -> None:
    """Print a criterion with its law, its words, what it needs and what needs it; without a name, list them all."""
    from screen.report.law import described, listed

    book = book_of(rules)
    blocks = described(book, name) if name else listed(book)
    if blocks is None:
        from screen.mistake import nearest

        known = [*book.criteria, *book.facts, *book.readings, *book.profiles, *book.sources]
        remedy = nearest(name or "", known, "`rsd rules show` lists the criteria.")
        raise typer.BadParameter(f'Nothing in the rule book is named "{name}". {remedy}', param_hint="NAME")
    display.show(blocks)


@app.command()
def readings(rules: Rules = None) -> None:
    """Print every contested point, its sides with their authority, and which profile takes which."""
    from screen.report.law import contested

    display.show(contested(book_of(rules)))


@app.command()
def claims(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[CLAIM]", help="A proposition of the paper, such as P54; all where left out."),
    ] = None,
    rules: Rules = None,
) -> None:
    """Print the paper argument by argument, and where the rule book takes each proposition up."""
    from screen.report.claims import argued, proposition

    book = book_of(rules)
    blocks = proposition(book, name.upper()) if name else argued(book)
    if blocks is None:
        known = (
            f"They are {next(iter(book.claims))} to {next(reversed(book.claims))}." if book.claims else "It has none."
        )
        raise typer.BadParameter(f'The rule book has no claim "{name}". {known}', param_hint="CLAIM")
    display.show(blocks)


@app.command()
def schema(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="A kind of file, such as criteria; all of them where left out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Write one file a kind there instead.")
    ] = None,
    rules: Rules = None,
) -> None:
    """Print JSON Schemas of rule files, case files and determinations, for editors and other programs."""
    from screen.report.schemas import schemas

    found = schemas(book_of(rules))
    if kind is not None and kind not in found:
        raise typer.BadParameter(f'"{kind}" is none of: {", ".join(found)}.', param_hint="KIND")
    chosen = found if kind is None else {kind: found[kind]}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, one in chosen.items():
            (out / f"{name}.schema.json").write_text(_json(one), encoding="utf-8")
        display.say(f"{len(chosen)} schemas written to {out}.")
        return
    sys.stdout.write(_json(chosen[kind] if kind else chosen))


def _json(data: object) -> str:
    import json

    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


@app.command("test")
def try_cases(
    rules: Rules = None,
    name: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Try the cases whose name or decision holds this.")
    ] = None,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Add how far real decisions agree, by criterion and by profile.")
    ] = False,
) -> None:
    """Try every law case and print where the rule book and the case part."""
    from screen.law_cases import agreement as agreed

    wanted = (name or "").lower()
    results = [one for one in _tried(rules) if wanted in f"{one.case.decision} {one.case.name}".lower()]
    for one in results:
        label = f"{one.case.decision}: " if one.case.decision else ""
        for criterion, expected, found in one.wrong:
            typer.echo(f"{one.case.place}: {label}{one.case.name}\n  {criterion}: {found}, expected {expected}.")
        if one.wrong and one.excuse:
            typer.echo(f"  {one.excuse}")
        if one.holds and one.excuse:
            typer.echo(f"{one.case.place}: {label}{one.case.name}\n  It holds, and says that it does not: {one.excuse}")
    if agreement:
        for title, counts in zip(("By criterion", "By profile"), agreed(results), strict=True):
            typer.echo(f"\n{title}, findings of real decisions:")
            for key, count in counts.items():
                typer.echo(f"  {key:34} {count.held:3} of {count.of}")
    held = sum(one.holds for one in results)
    disputed = sum(not one.holds and one.case.disputed is not None for one in results)
    gaps = sum(not one.holds and one.case.not_yet is not None for one in results)
    checks = sum(len(one.case.expect) + (one.case.recommend is not None) for one in results)
    met = checks - sum(len(one.wrong) for one in results)
    typer.echo(f"{held} of {len(results)} law cases hold, {disputed} are disputed, {gaps} cannot be said yet.")
    typer.echo(f"{met} of {checks} findings are as expected.")
    if any(one.holds == (one.excuse is not None) for one in results):
        raise typer.Exit(1)


@app.command()
def coverage(rules: Rules = None) -> None:
    """Print which findings no law case ever gives a criterion: law that nothing has tried."""
    from screen.law_cases import uncovered
    from screen.report.wording import STATES

    results = _tried(rules)
    gaps = uncovered(results, results[0].findings.book) if results else {}
    for name, states in gaps.items():
        typer.echo(f"{name:34} never {', '.join(STATES[state].lower() for state in states)}")
    worded = sum(one.says is not None for one in results[0].findings.book.criteria.values()) if results else 0
    typer.echo(f"{worded - len(gaps)} of {worded} criteria with words are found every way by {len(results)} law cases.")


def _tried(rules: Path | None) -> list["Tried"]:
    """Return what the rule book gives for every law case. Raises Mistakes where book or cases cannot be used."""
    from screen.language.book import check_book
    from screen.law_cases import law_cases, tried
    from screen.mistake import Mistakes

    checked = check_book(rule_folder(rules))
    if checked.book is None:
        raise Mistakes(checked.mistakes)
    cases, mistakes = law_cases(checked.cases, checked.book)
    if mistakes:
        raise Mistakes(mistakes)
    return [tried(case, checked.book) for case in cases]
