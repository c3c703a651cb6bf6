"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every machine and in every run: a test that fails, fails again. No deadline, since a slow machine
# is not a mistake.
settings.register_profile("rsd", deadline=None, derandomize=True)
settings.load_profile("rsd")
