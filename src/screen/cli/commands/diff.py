"""`rsd diff`: where two caseworkers part on one case, or two versions of the law; over folders, where a team parts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screen.cli import console
from screen.cli.options import ProfileOption, RulesOption, book_from_options, choose_profile, help_text

if TYPE_CHECKING:
    from screen.case.case_file import Case
    from screen.diagnostics import Diagnostic
    from screen.engine.divergence import Divergence
    from screen.engine.finding import Findings
    from screen.rulebook.model import RuleBook

_RulesA = Annotated[Path | None, typer.Option("--rules-a", metavar="FOLDER", help="Rule folder that A is read under.")]
_RulesB = Annotated[Path | None, typer.Option("--rules-b", metavar="FOLDER", help="Rule folder that B is read under.")]


@help_text(
    """Say where two files of one case part first, and why: the fact, the reading or the law. Nothing is written.

    Over two folders: files of the same name are held together, and a table tells where a team parts most.
    """
)
def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A case file, or a folder of them.")],
    b: Annotated[
        Path | None, typer.Argument(metavar="[B]", help="Another; where left out, A again under --rules-b.")
    ] = None,
    rules_a: _RulesA = None,
    rules_b: _RulesB = None,
    profile: ProfileOption = None,
    rules: RulesOption = None,
) -> None:
    if b is None and rules_b is None:
        raise typer.BadParameter("Give a second file, or a second rule book with --rules-b.", param_hint="[B]")
    second = b or a
    for path, hint in ((a, "A"), (second, "[B]")):
        if not path.exists():
            raise typer.BadParameter(f"There is no {path}.", param_hint=hint)
    if a.is_dir() is not second.is_dir():
        raise typer.BadParameter("Give two files, or two folders.", param_hint="[B]")
    books = book_from_options(rules_a or rules), book_from_options(rules_b or rules)
    if a.is_dir():
        _team(a, second, books, profile)
        return
    from screen.report.divergence import divergence_blocks

    names = _names(a, second, two_books=(rules_a or rules) != (rules_b or rules))
    console.print_blocks(divergence_blocks(_parted(a, second, books, profile), names))


def _names(a: Path, b: Path, *, two_books: bool) -> tuple[str, str]:
    if a == b:
        return ("A (first rule book)", "B (second rule book)") if two_books else (f"{a.name} (A)", f"{b.name} (B)")
    return (a.name, b.name) if a.name != b.name else (str(a), str(b))


def _parted(a: Path, b: Path, books: "tuple[RuleBook, RuleBook]", profile: str | None) -> "Divergence":
    """Return where two files of one case part. Raises Mistakes where they are of two."""
    from screen.case.case_file import read_case
    from screen.engine.divergence import find_divergence

    first, second = read_case(a, books[0]), read_case(b, books[1])
    if first.name != second.name:
        raise _other_case(a, b)
    return find_divergence(_findings(first, books[0], profile), _findings(second, books[1], profile))


def _other_case(a: Path, b: Path) -> Exception:
    from screen.diagnostics import Diagnostic, DiagnosticsError, Location

    # Two people's answers side by side would read as two opinions of one.
    found = f"its `case` is not that of {a}; these may be two people."
    remedy = "Give two files of one case, with the same name after `case`."
    return DiagnosticsError([Diagnostic(Location(str(b)), "other-case", found, remedy)])


def _findings(case: "Case", book: "RuleBook", profile: str | None) -> "Findings":
    from screen.engine.evaluate import evaluate

    return evaluate(book, case.given, choose_profile(book, profile, case.profile))


def _team(a: Path, b: Path, books: "tuple[RuleBook, RuleBook]", profile: str | None) -> None:
    from screen.diagnostics import DiagnosticsError
    from screen.report.divergence import team_rows
    from screen.report.wording import format_count

    first, second = _cases(a), _cases(b)
    both = [name for name in first if name in second]
    if not both:
        raise typer.BadParameter("No file of one folder has the name of one in the other.", param_hint="[B]")
    found: dict[str, Divergence] = {}
    wrong: list[Diagnostic] = []
    for name in both:
        try:
            found[name] = _parted(first[name], second[name], books, profile)
        except DiagnosticsError as error:
            wrong += error.diagnostics
    agree = sum(one.agree for one in found.values())
    advice = sum(one.first.recommendation != one.second.recommendation for one in found.values())
    console.print_heading(
        f"{format_count(len(found), 'case')} held together: {agree} alike, {len(found) - agree} parted, "
        f"{advice} with another recommendation"
    )
    criteria, facts = team_rows(found)
    if criteria:
        console.print_heading("Where they part first")
        console.print_table(("Criterion", "Cases", "Files"), criteria)
    if facts:
        console.print_heading("Facts answered otherwise")
        console.print_table(("Fact", "Cases", "Files"), facts)
    for side, names in (("A", [n for n in first if n not in second]), ("B", [n for n in second if n not in first])):
        if names:
            console.info(f"Only in {side}, and left out: {', '.join(names)}")
    if wrong:
        # Those that could be read are told above; a team's table must not pass over the others in silence.
        raise DiagnosticsError(wrong)


def _cases(folder: Path) -> dict[str, Path]:
    from screen.file_types import is_case_file

    files = sorted(folder.iterdir())
    # As in a batch, what begins with a dot is nobody's case.
    return {file.name: file for file in files if is_case_file(file) and not file.name.startswith(".")}
