"""The exit codes of `rsd`. Done is 0; wrong usage is 2, which Typer sets."""

UNUSABLE_INPUT = 1  # a case or a rule file could not be used
REJECTS = 3  # a batch is done, and some records could not be used
RECOMMENDATION_GIVEN = 4  # `--fail-on` named a recommendation that was given
INTERNAL_ERROR = 70  # an error of the program itself
INTERRUPTED = 130  # stopped with Ctrl-C
