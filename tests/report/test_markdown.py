"""What somebody said stays text in Markdown: read back by another program, it is what was said and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from screen.report.document import Block, Heading, ItemList, LabelledRows, NestedList, Paragraph, Table
from screen.report.markdown import escape_markdown, render_markdown
from screen.text import sanitize_line
from tests.examples import examples

COMMONMARK = MarkdownIt("commonmark", {"html": True})
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

#: Every block with a text in every place where one can stand; what is around it is plain.
BLOCKS: dict[str, Callable[[str], Block]] = {
    "heading": lambda text: Heading(2, text),
    "paragraph": lambda text: Paragraph(text),
    "strong": lambda text: Paragraph(text, "strong"),
    "quiet": lambda text: Paragraph(text, "quiet"),
    "label": lambda text: LabelledRows((("first", "1"), (text, "value"))),
    "row": lambda text: LabelledRows((("label", text), ("last", "2"))),
    "point": lambda text: ItemList(("first", text)),
    "number": lambda text: ItemList(("first", text), 9),
    "branch": lambda text: NestedList(((0, "root"), (1, text), (2, text))),
    "head": lambda text: Table(("a", text), (("b", "c"),)),
    "cell": lambda text: Table(("a", "b"), ((text, text), ("c", "d"))),
}
HOSTILE = [
    "---", "***", "___", "- - -", "===", "-", "+", "*", "=", "# head", "####### no", "- item", "+ item", "1. item",
    "12) item", "123456789. item", "> quote", "    code", "\tcode", "```", "~~~", "`code`", "``", "**b**", "_e_",
    "__b__", "~~s~~", "~s~", "&lt;script&gt;", "&#60;img src=x&#62;", "&#x3c;", "&amp;amp;", "AT&T", "a & b", "&",
    "<script>alert(1)</script>", "<!-- c -->", "<?php ?>", "<![CDATA[x]]>", "<details>", "<a@b.example>",
    "<http://evil.example>", "[a](javascript:alert(1))", "![a](http://evil.example/x.png)",
    "[x]: http://evil.example", "[x][y]", "[^1]", "[^1]: note", "- [ ] task", "[x] done", "| a | b |", "|---|---|",
    "a | b", "\\|", "\\\\|", "\\", "\\\\", "a\\", "\\*", "a  ", "a  \nb", "a\\\nb", "a\n---\nb", "a\n===\nb",
    "a\n\n    code", "a\n- b\n- c", "a\n# h", "a\r\n> b", "$x^2$", "$$x$$", "${7*7}", "{{7*7}}", "{% raw %}",
    "<%= 7*7 %>", ":---", "---:", ":-:", "*a", "a*", "_a", "a_b_c", "a_ _b", "**", "* *", "1986\\. A great year",
    "%23", "*a**b*", "\u3000a\u3000", "\xa0\xa0\xa0\xa0a", "“*”", "한*국*어", "*한국어*입니다", "_।_", "*\u200d*",
    "a\u2028- b", "a\x85- b", "\x00", "\ufeff# h",
]  # fmt: skip


def kinds(tokens: Iterable[Token]) -> list[str]:
    """Return what a text was taken for, words apart."""
    inner = [kind for token in tokens for kind in (token.type, *map(_kind, token.children or ()))]
    return [kind for kind in inner if kind not in ("text", "softbreak")]


def _kind(token: Token) -> str:
    return token.type


def words(tokens: Iterable[Token]) -> list[str]:
    """Return the words of each heading, paragraph, item and cell, as they are shown."""
    inline = [token for token in tokens if token.type == "inline"]
    return [" ".join("".join(child.content for child in token.children or ()).split()) for token in inline]


def assert_shown_as_text(make: Callable[[str], Block], text: str) -> None:
    """Assert that a block with this text is read as the same block with a plain word, and shows the text."""
    shown, plain = sanitize_line(text), "word"
    for reader in (COMMONMARK, GITHUB):
        parsed, expected = (
            reader.parse(render_markdown([Paragraph("before"), make(content), Paragraph("after")]))
            for content in (text, plain)
        )
        if isinstance(make(plain), Table) and reader is COMMONMARK:
            continue  # to which a table is a paragraph
        assert kinds(parsed) == kinds(expected), text
        assert words(parsed) == [line.replace(plain, shown).strip() for line in words(expected)], text


@pytest.mark.parametrize("make", BLOCKS.values(), ids=BLOCKS)
def test_what_is_said_is_shown_as_it_was_said(make: Callable[[str], Block]) -> None:
    for text in HOSTILE:
        assert_shown_as_text(make, text)


@pytest.mark.parametrize("make", BLOCKS.values(), ids=BLOCKS)
@given(st.text(st.sampled_from("aA1w. \n\t-+*_=#>|<&;:/\\`~![](){}$%@\"'xX?^,\u3000\xa0é।한"), min_size=1, max_size=24))
@settings(max_examples=examples(50))
def test_no_mixture_of_marks_takes_effect(make: Callable[[str], Block], text: str) -> None:
    if sanitize_line(text):  # an empty label has no marks around it, which is another block
        assert_shown_as_text(make, text)


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example/auto",
        "HTTPS://evil.example",
        "ftp://a",
        "www.evil.example",
        "WWW.evil",
        "mailto:a",
        "xmpp:b",
    ],
)
def test_no_address_is_left_that_becomes_a_link_unasked(text: str) -> None:
    # GitHub makes a link of these where they stand whole; with a mark escaped in the middle they are not whole.
    assert text not in render_markdown([Paragraph(text)])
    assert_shown_as_text(BLOCKS["paragraph"], text)


def test_plain_words_are_left_as_they_are() -> None:
    for text in (
        "She left in 1998, by night; her mother's papers (two) were taken.",
        "50 and more: a & b",
        "왜 떠났습니까?",
    ):
        assert escape_markdown(text) == text


def test_an_empty_text_leaves_no_marks() -> None:
    assert render_markdown([Paragraph("", "strong"), Paragraph(" ", "quiet"), Paragraph("x")]) == "x\n"
    assert render_markdown([LabelledRows((("", "x"),))]) == "-  x\n"


def test_what_cannot_be_seen_is_replaced() -> None:
    assert (
        render_markdown([Paragraph("a\x1b[2Jb\u202ec")])
        == "a\N{REPLACEMENT CHARACTER}\\[2Jb\N{REPLACEMENT CHARACTER}c\n"
    )
