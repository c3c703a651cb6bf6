"""The interview: what is asked, in which order, and that no answer is ever lost."""

import contextlib
import fcntl
import functools
import os
from dataclasses import dataclass

import pytest

from screen import files
from screen.case.case_file import Case, read_case
from screen.case.evidence import RecordedAnswer
from screen.case.writer import write_new_case
from screen.cli.prompt.normalise import fold
from screen.diagnostics import DiagnosticsError
from screen.engine.evaluate import evaluate
from screen.interview.conversation import AnswerReply, Back, Quit, Review, hold_interview
from screen.interview.next_question import next_question
from screen.logic import Answer
from screen.report.case_template import case_template
from tests.paths import ROOT
from tests.real_law import the_law
from tests.rulebook.small_book import good_book


@pytest.fixture(scope="module")
def book():
    return the_law()


@pytest.fixture
def file(tmp_path, book):
    path = tmp_path / "T-1.yaml"
    write_new_case(path, case_template(book, "T-1", path))
    return path


class Scripted:
    """A prompter that answers from a table, else unknown. Records what it was asked and told."""

    def __init__(self, path, answers, replies=(), at_the_end=()):
        self.path, self.answers, self.replies, self.at_the_end = path, answers, list(replies), list(at_the_end)
        self.asked, self.told, self.on_disk, self.reviewed = [], [], [], []
        self.choices, self.offered, self.previous = [], [], []

    def ask(self, view):
        self.asked.append(view.fact.name)
        self.previous.append(view.previous_answer)
        self.on_disk.append(self.path.read_text(encoding="utf-8"))
        if self.replies:
            reply = self.replies.pop(0)
            if reply is not None:
                return reply
        return AnswerReply(RecordedAnswer(self.answers.get(view.fact.name, Answer.UNKNOWN)))

    def ask_at_end(self):
        return self.at_the_end.pop(0) if self.at_the_end else Quit()

    def review(self, answers):
        self.reviewed.append([view.fact.name for view, _ in answers])
        return self.reviewed[0][0]

    def tell(self, message):
        self.told.append(message)

    def choose(self, message, options):
        self.offered.append((message, tuple(options)))
        return self.choices.pop(0)() if self.choices else None


def _min(book):
    return {name: given.value for name, given in read_case(ROOT / "examples/cases/min.yaml", book).given.items()}


@dataclass(frozen=True)
class Held:
    """An interview from the first question to the last: its prompter, the file before and after, and the case."""

    prompter: Scripted
    before: str
    after: str
    case: Case


def _held_to_the_end(book, folder, answers, profile="paper"):
    path = folder / "T-1.yaml"
    write_new_case(path, case_template(book, "T-1", path))
    before, prompter = path.read_text(encoding="utf-8"), Scripted(path, answers)
    case = hold_interview(book, path, book.profiles[profile], prompter)
    return Held(prompter, before, path.read_text(encoding="utf-8"), case)


@pytest.fixture(scope="module")
def with_min(book, tmp_path_factory):
    """The interview of Min, held once for all who look at it."""
    return _held_to_the_end(book, tmp_path_factory.mktemp("min"), _min(book))


@pytest.fixture(scope="module")
def with_unknowns(book, tmp_path_factory):
    """An interview in which nothing but the two States is known."""
    return _held_to_the_end(book, tmp_path_factory.mktemp("kp"), {"country_of_origin": "KP", "host_country": "CN"})


def test_the_two_states_are_asked_first_because_every_wording_names_them(with_min):
    assert with_min.prompter.asked[:2] == ["country_of_origin", "host_country"]


def test_every_answer_is_on_the_disk_before_the_next_question(with_min):
    assert len(with_min.prompter.asked) > 10
    for place, name in enumerate(with_min.prompter.asked[:-1]):
        assert f"\n  {name}:" in with_min.prompter.on_disk[place + 1]


def test_nothing_is_asked_twice_and_nothing_that_was_asked_and_is_unknown(with_unknowns):
    asked = with_unknowns.prompter.asked
    assert len(asked) == len(set(asked))


def test_the_comments_of_the_file_outlive_the_interview(with_min):
    before = [line for line in with_min.before.splitlines() if line.lstrip().startswith("#")]
    assert before
    after = with_min.after.splitlines()
    assert all(line in after for line in before)


def test_the_interview_ends_where_no_answer_can_change_a_conclusion(book, with_min):
    assert next_question(book, with_min.case.given, "paper") is None


def test_the_interview_of_min_recommends_what_her_file_does(book, with_min):
    example = read_case(ROOT / "examples/cases/min.yaml", book)
    assert evaluate(book, with_min.case.given).recommendation == evaluate(book, example.given).recommendation


def test_save_and_quit_keeps_the_answers_and_the_next_sitting_continues(book, file):
    answers = _min(book)
    first = Scripted(file, answers, [None, None, None, Quit()])
    case = hold_interview(book, file, book.profiles["paper"], first)
    assert list(case.given) == first.asked[:3]
    second = Scripted(file, answers, [None, None, None, Quit()])
    hold_interview(book, file, book.profiles["paper"], second)
    assert second.asked[0] == first.asked[3]
    assert not set(first.asked[:3]) & set(second.asked)


def test_back_asks_the_previous_question_with_its_answer(book, file):
    prompter = Scripted(file, _min(book), [None, None, Back(), Quit()])
    hold_interview(book, file, book.profiles["paper"], prompter)
    assert prompter.asked[3] == prompter.asked[1]
    assert prompter.previous[3].value == _min(book)[prompter.asked[1]]


def test_back_at_the_first_question_asks_it_again(book, file):
    prompter = Scripted(file, _min(book), [Back(), Quit()])
    hold_interview(book, file, book.profiles["paper"], prompter)
    assert prompter.asked[0] == prompter.asked[1]
    assert "This is the first question." in prompter.told


def test_review_shows_every_answer_and_lets_one_be_changed(book, file):
    prompter = Scripted(file, _min(book), [None, None, None, Review(), Quit()])
    hold_interview(book, file, book.profiles["paper"], prompter)
    assert prompter.reviewed[0] == prompter.asked[:3]
    assert prompter.asked[4] == prompter.asked[0]


def test_quitting_while_going_back_loses_nothing(book, file):
    prompter = Scripted(file, _min(book), [None, None, Back(), Quit()])
    case = hold_interview(book, file, book.profiles["paper"], prompter)
    assert list(case.given) == prompter.asked[:2]


def test_a_settled_recommendation_is_announced_once_and_the_interview_goes_on(with_min):
    assert 1 <= sum(message.startswith("On these answers") for message in with_min.prompter.told) <= 2


def test_a_presumed_fact_is_not_asked(book, with_min):
    presumed = {known.fact.name for known in evaluate(book, with_min.case.given).presumed}
    assert presumed
    assert not presumed & set(with_min.prompter.asked)


WEIGHED = """\
format: 1
case: T-2
facts:
  unequal_treatment: [schooling]
  unequal_treatment_extent: repeated
  judgement_on_harm: {answer: grave_enough, note: two school years lost}
"""


def test_a_judgement_is_not_asked_even_when_it_is_chosen_for_change(book, tmp_path):
    file = tmp_path / "T-2.yaml"
    write_new_case(file, WEIGHED)
    prompter = Scripted(file, {}, replies=[Review(), Quit()])
    prompter.review = lambda answers: "judgement_on_harm"
    after = hold_interview(book, file, book.profiles["paper"], prompter)
    assert "judgement_on_harm" not in prompter.asked
    assert any("judgement_on_harm" in message for message in prompter.told)
    assert after.given["judgement_on_harm"].note == "two school years lost"


def test_no_interview_asks_a_judgement(book, tmp_path, with_unknowns):
    for held in (_held_to_the_end(book, tmp_path, _min(book), "uk"), with_unknowns):
        assert not [name for name in held.prompter.asked if book.facts[name].judgement]


def test_from_the_end_one_goes_back_reviews_and_finishes(book, file):
    """In a book of ten questions."""
    small = good_book()
    file.write_text(case_template(small, "T-1", file), encoding="utf-8")
    prompter = Scripted(file, {"country_of_origin": "KP", "host_country": "NO"}, at_the_end=[Back(), Review(), Quit()])
    hold_interview(small, file, small.profiles["unhcr"], prompter)
    *_, last, again, reviewed = prompter.asked
    assert again == last != reviewed
    assert reviewed == prompter.reviewed[0][0]
    assert sum(message.startswith("Nothing is left to ask.") for message in prompter.told) == 3


def test_a_finished_case_can_be_reviewed_in_another_sitting(book, file, with_min):
    file.write_text(with_min.after, encoding="utf-8")
    prompter = Scripted(file, _min(book), at_the_end=[Review()])
    hold_interview(book, file, book.profiles["paper"], prompter)
    assert prompter.asked == prompter.reviewed[0][:1]


def test_the_end_says_how_many_conclusions_unknown_answers_leave_open(book, with_unknowns):
    still = len(evaluate(book, with_unknowns.case.given).open_conclusions)
    assert still > 1
    told = with_unknowns.prompter.told
    assert f"Nothing is left to ask. On these answers {still} conclusions stay open." in told


def test_a_recommendation_names_the_profile_that_is_not_the_default(book, tmp_path):
    told = _held_to_the_end(book, tmp_path, _min(book), "unhcr").prompter.told
    assert any(message.startswith("On these answers, read under unhcr: ") for message in told)


def test_no_name_stands_for_two_states(book):
    taken = {fold(label): code for code, label in book.countries.items()} | {
        code.lower(): code for code in book.countries
    }
    for code, names in book.country_names.items():
        for name in map(fold, names):
            assert taken.setdefault(name, code) == code, name
    assert {"북한", "DPRK"} <= set(book.country_names["KP"])


# ── two people, one case; saves that fail ───────────────────────────────────────────────────────────────────────────

SHARED = """\
format: 1
case: T-1  # by hand
profile: paper
facts:
  country_of_origin: KP  # seen
  age: 30
"""
OF_THEIRS = "  host_country: {answer: RU, credibility: accepted, source: card, note: seen and copied}\n"
MEANWHILE = {
    "the same question": SHARED + OF_THEIRS,
    "an earlier answer": SHARED.replace("age: 30", "age: 31"),
    "an earlier answer taken out": SHARED.replace("  age: 30\n", ""),
    "an earlier answer judged": SHARED.replace("age: 30", "age: {answer: 30, credibility: rejected}"),
    "another case": SHARED.replace("T-1", "T-2"),
    "another profile": SHARED.replace("paper", "uk"),
}


class Interrupted(Scripted):
    """A prompter during whose first question somebody else writes into the file; then it stops."""

    def __init__(self, path, theirs, choices=()):
        super().__init__(path, {}, [AnswerReply(RecordedAnswer("CN")), Quit()])
        self.theirs, self.choices = theirs, [lambda choice=choice: choice for choice in choices]

    def ask(self, view):
        if not self.asked:
            self.path.write_text(self.theirs, encoding="utf-8")
        return super().ask(view)


@pytest.fixture
def shared(tmp_path):
    path = tmp_path / "S-1.yaml"
    path.write_text(SHARED, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("theirs", MEANWHILE.values(), ids=MEANWHILE)
def test_what_somebody_else_wrote_is_shown_and_kept_where_nobody_chooses(book, shared, theirs):
    prompter = Interrupted(shared, theirs)
    hold_interview(book, shared, book.profiles["paper"], prompter)
    assert shared.read_text(encoding="utf-8") == theirs
    assert len(prompter.offered) == 1
    assert any("This answer is not: China" in message for message in prompter.told)


@pytest.mark.parametrize("theirs", MEANWHILE.values(), ids=MEANWHILE)
def test_an_answer_replaces_another_persons_only_where_that_is_chosen(book, shared, theirs):
    prompter = Interrupted(shared, theirs, ["m"])
    after = hold_interview(book, shared, book.profiles["paper"], prompter)
    assert after == read_case(shared, book)
    assert after.given["host_country"] == RecordedAnswer("CN")
    assert "# seen" in shared.read_text(encoding="utf-8")


def test_differences_are_shown_with_everything_recorded_with_the_answer(book, shared):
    prompter = Interrupted(shared, SHARED.replace("T-1", "T-2") + OF_THEIRS)
    hold_interview(book, shared, book.profiles["paper"], prompter)
    message, _ = prompter.offered[0]
    assert "case: T-1 before, T-2 now" in message
    assert "no answer before, Russia" in message
    assert "(accepted; source: card; note: seen and copied) now" in message
    assert message.endswith("Your answer: China")


def test_looking_again_asks_the_question_with_the_answer_that_is_there(book, shared):
    prompter = Interrupted(shared, SHARED + OF_THEIRS, ["l"])
    hold_interview(book, shared, book.profiles["paper"], prompter)
    assert prompter.asked == ["host_country", "host_country"]
    assert prompter.previous[1].note == "seen and copied"


def test_answers_to_other_questions_are_kept_together_and_that_is_said(book, shared):
    prompter = Interrupted(shared, SHARED + "  sex: female\n")
    after = hold_interview(book, shared, book.profiles["paper"], prompter)
    assert not prompter.offered
    assert {"sex", "host_country"} <= set(after.given)
    assert any(message.endswith("new answers in the file: 1.") for message in prompter.told)


@contextlib.contextmanager
def _held(folder):
    """Hold the lock of a folder, as another program would, until it is released."""
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield lambda: fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def test_a_lock_that_is_held_keeps_the_answer_for_another_try(book, shared, monkeypatch):
    monkeypatch.setattr(files, "lock", functools.partial(files.lock, timeout=0.1))
    prompter = Scripted(shared, {}, [AnswerReply(RecordedAnswer("CN")), Quit()])
    with _held(shared.parent) as release:
        prompter.choices = [lambda: (release(), "a")[1]]
        after = hold_interview(book, shared, book.profiles["paper"], prompter)
    assert "NOT kept" in prompter.offered[0][0]
    assert after.given["host_country"] == RecordedAnswer("CN")


def test_an_answer_that_is_not_saved_ends_the_interview_where_nobody_tries_again(book, shared):
    shared.chmod(0o400)
    prompter = Scripted(shared, {}, [AnswerReply(RecordedAnswer("CN"))])
    with pytest.raises(DiagnosticsError, match="closed-to-writing"):
        hold_interview(book, shared, book.profiles["paper"], prompter)
    assert "NOT kept" in prompter.offered[0][0]
    assert shared.read_text(encoding="utf-8") == SHARED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("P.yaml", SHARED.replace("profile: paper\n", "")),
        ("P.yaml", SHARED),
        ("P.yaml", "{format: 1, case: T-1, facts: {age: 30}}\n"),
        ("P.json", '{"format": 1, "case": "T-1", "facts": {"age": 30}}'),
    ],
)
def test_the_first_answer_writes_the_profile_and_that_is_said_once(book, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    prompter = Scripted(path, {"country_of_origin": "KP", "host_country": "CN"}, [None, None, None, Quit()])
    hold_interview(book, path, book.profiles["uk"], prompter)
    assert read_case(path, book).profile == "uk"
    assert sum("now names the profile of this interview: uk" in message for message in prompter.told) == 1
    if "#" in text:
        first, second, third, *_ = path.read_text(encoding="utf-8").split("\n")
        assert (first, second, third) == ("format: 1", "case: T-1  # by hand", "profile: uk")
