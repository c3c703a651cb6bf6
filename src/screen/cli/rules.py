"""`rsd rules`: the law as data, checked, shown, tried and described."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from screen import files
from screen.cli import display
from screen.cli.outputs import may_write
from screen.cli.prove import prove
from screen.cli.settings import Rules, book_of, helped, rule_folder
from screen.visible import json_visible, visible

if TYPE_CHECKING:
    from collections.abc import Collection

    from screen.language.book import Checked
    from screen.law_cases import Tried
    from screen.yardstick import Agreement, Yardstick

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check, show, try and prove the rule book.")
app.command()(prove)


@app.command()
@helped("Report every mistake of the rule files, and what looks wrong in them.")
def check(
    rules: Rules = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let what only looks wrong count as a mistake.")] = False,
) -> None:
    from screen.language.book import check_book
    from screen.language.lint import lints
    from screen.law_cases import law_cases
    from screen.simulation.populations import populations_of
    from screen.training.exercise import exercises_of
    from screen.yardstick import yardstick

    checked = check_book(rule_folder(rules))
    mistakes = list(checked.mistakes)
    found = []
    if checked.book:
        cases, wrong = law_cases(checked.cases, checked.book)
        mistakes += wrong + yardstick(checked, cases, checked.book)[1]
        mistakes += exercises_of(checked.exercises, checked.book)[1]
        mistakes += populations_of(checked.populations, checked.book)[1]
        found = lints(checked.book, checked.place)
    for mistake in sorted([*mistakes, *found]):
        display.complain(str(mistake))
    if checked.book and not mistakes:
        book = checked.book
        _print(
            f"{book.title} {book.version}: {len(book.facts)} facts, {len(book.criteria)} criteria, "
            f"{len(book.sources)} authorities, {len(book.profiles)} profiles, {len(checked.cases)} law cases, "
            f"{len(checked.exercises)} exercises. "
            f"No mistakes, {len(found)} lints."
        )
    if mistakes or (strict and found):
        raise typer.Exit(1)


@app.command()
@helped("Print a criterion with its law, its words, what it needs and what needs it; without a name, list them all.")
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A criterion, fact, reading, profile, source or position.")
    ] = None,
    rules: Rules = None,
) -> None:
    from screen.report.law import described, listed

    book = book_of(rules)
    blocks = described(book, name) if name else listed(book)
    if blocks is None:
        from screen.mistake import nearest

        known = [*book.criteria, *book.facts, *book.readings, *book.profiles, *book.sources]
        known += [one.name for one in book.objections] + [one.name for one in book.responses]
        known += [one.name for one in book.human_security]
        remedy = nearest(name or "", known, "`rsd rules show` lists the criteria.")
        raise typer.BadParameter(f'Nothing in the rule book is named "{name}". {remedy}', param_hint="NAME")
    display.show(blocks)


@app.command()
@helped("Print every contested point, its sides with their authority, and which profile takes which.")
def readings(rules: Rules = None) -> None:
    from screen.report.law import contested

    display.show(contested(book_of(rules)))


@app.command()
@helped("Print the paper argument by argument, and where the rule book takes each proposition up.")
def claims(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[CLAIM]", help="A proposition of the paper, such as P54; all where left out."),
    ] = None,
    rules: Rules = None,
) -> None:
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
@helped("Print JSON Schemas of rule files, case files and determinations, for editors and other programs.")
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
    from screen.report.schemas import schemas

    book = book_of(rules)
    found = schemas(book)
    if kind is not None and kind not in found:
        raise typer.BadParameter(f'"{kind}" is none of: {", ".join(found)}.', param_hint="KIND")
    chosen = found if kind is None else {kind: found[kind]}
    if out is not None:
        _write_schemas(out, chosen, book.facts)
        display.say(f"{len(chosen)} schemas written to {out}.")
        return
    sys.stdout.write(_json(chosen[kind] if kind else chosen))


def _write_schemas(folder: Path, chosen: dict[str, Any], facts: "Collection[str]") -> None:
    """Write a file a kind. Raises Mistakes where one cannot be written, is a link, or may hold somebody's answers."""
    from screen.mistake import Mistake, Mistakes
    from screen.place import Place

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = f"the schemas could not be written: {(error.strerror or 'no reason given').lower()}."
        remedy = "Name a folder that you may write in, or one that is not there yet."
        raise Mistakes([Mistake(Place(str(folder)), "cannot-write", found, remedy)]) from None
    for name, one in chosen.items():
        file = folder / f"{name}.schema.json"
        files.write(file, _json(one).encode(), partial(may_write, file, facts, overwrite=True), display.say)


def _json(data: object) -> str:
    import json

    return json_visible(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


@app.command("test")
@helped("Try every law case and print where the rule book and the case part.")
def try_cases(
    rules: Rules = None,
    name: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Try the cases whose name or decision holds this.")
    ] = None,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Count agreement with real decisions by issue and forum.")
    ] = False,
) -> None:
    wanted = (name or "").lower()
    all_results, checked = _tried(rules)
    results = [one for one in all_results if wanted in f"{one.case.decision} {one.case.name}".lower()]
    if name is not None and not results:
        raise typer.BadParameter(f'No law case has "{name}" in its name or decision.', param_hint="--only")
    for one in results:
        label = f"{one.case.decision}: " if one.case.decision else ""
        for criterion, expected, found in one.wrong:
            _print(f"{one.case.place}: {label}{one.case.name}\n  {criterion}: {found}, expected {expected}.")
        if one.wrong and one.excuse:
            _print(f"  {one.excuse}")
        if one.holds and one.excuse:
            _print(f"{one.case.place}: {label}{one.case.name}\n  It holds, and says that it does not: {one.excuse}")
    if agreement:
        _say_agreement(_yardstick(checked, all_results), results, every=not wanted)
    held = sum(one.holds for one in results)
    disputed = sum(not one.holds and one.case.disputed is not None for one in results)
    gaps = sum(not one.holds and one.case.not_yet is not None for one in results)
    checks = sum(len(one.case.expect) + (one.case.recommend is not None) for one in results)
    met = checks - sum(len(one.wrong) for one in results)
    _print(f"{held} of {len(results)} law cases hold, {disputed} are disputed, {gaps} cannot be said yet.")
    _print(f"{met} of {checks} findings are as expected.")
    if any(one.holds == (one.excuse is not None) for one in results):
        raise typer.Exit(1)


@app.command()
@helped("Print which findings no law case ever gives a criterion: law that nothing has tried.")
def coverage(rules: Rules = None) -> None:
    from screen.law_cases import uncovered
    from screen.report.wording import STATES

    results, _ = _tried(rules)
    gaps = uncovered(results, results[0].findings.book) if results else {}
    for name, states in gaps.items():
        _print(f"{name:34} never {', '.join(STATES[state].lower() for state in states)}")
    worded = sum(one.says is not None for one in results[0].findings.book.criteria.values()) if results else 0
    _print(f"{worded - len(gaps)} of {worded} criteria with words are found every way by {len(results)} law cases.")


def _say_agreement(yard: "Yardstick", results: list["Tried"], *, every: bool) -> None:
    """Print how far the book agrees with the decisions: all of them, or those alone that a law case tries here."""
    from screen.yardstick import RESULT, agreement, compared

    seen = {one.case.decision for one in results}
    rows = [row for row in compared(yard, results) if every or row.decision.name in seen]
    holdings = [row for row in rows if row.issue != RESULT]
    endings = [row for row in rows if row.issue == RESULT]
    tables = (
        ("By issue, what real decisions held", [(row.issue, row.agrees) for row in holdings]),
        ("By forum, what real decisions held", [(row.decision.forum, row.agrees) for row in holdings]),
        ("By result, how whole cases ended", [(row.decision.result, row.agrees) for row in endings]),
    )
    for title, pairs in tables:
        _print(f"\n{title}:")
        for key, count in agreement(pairs).items():
            _print(f"  {key:48} {_of(count)}")
    for what, of in (("holdings", holdings), ("results", endings)):
        for whole in agreement((what, row.agrees) for row in of).values():
            left_out = f", {whole.left_out} are left out for a reason" if whole.left_out else ""
            _print(f"\n{whole.held} of {whole.of} {what} of real decisions agree{left_out}.")
    doubtful = sum(len(one.held) for one in yard.decisions.values() if one.doubt)
    if every and doubtful:
        _print(f"{doubtful} holdings of decisions in doubt are authority only.")
    _print("")


def _print(text: str) -> None:
    """Put a line on standard output: a rule file may be somebody else's, and its words move no cursor."""
    typer.echo(visible(text))


def _of(count: "Agreement") -> str:
    left_out = f", {count.left_out} left out" if count.left_out else ""
    return f"{count.held:3} of {count.of}{left_out}"


def _tried(rules: Path | None) -> tuple[list["Tried"], "Checked"]:
    """Return what the rule book gives for every law case, with the checked folder. Raises Mistakes."""
    from screen.language.book import check_book
    from screen.law_cases import law_cases, tried
    from screen.mistake import Mistakes

    checked = check_book(rule_folder(rules))
    if checked.book is None or checked.whole is None:
        raise Mistakes(checked.mistakes)
    cases, mistakes = law_cases(checked.cases, checked.book)
    if mistakes:
        raise Mistakes(mistakes)
    return [tried(case, checked.whole) for case in cases], checked


def _yardstick(checked: "Checked", results: list["Tried"]) -> "Yardstick":
    """Return what decisions are compared by. Raises Mistakes where a holding would be lost."""
    from screen.mistake import Mistakes
    from screen.yardstick import yardstick

    assert checked.book is not None
    yard, mistakes = yardstick(checked, [one.case for one in results], checked.book)
    if mistakes:
        raise Mistakes(mistakes)
    return yard
