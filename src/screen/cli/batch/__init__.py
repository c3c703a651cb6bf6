"""`rsd batch`: options, progress, interruption, determinations beside the findings."""
