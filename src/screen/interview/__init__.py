"""The interview: a question as it is shown, and the loop that asks and saves."""
