"""The same law compiled to and, or and not, for many cases at once, for the next question and for proof."""
