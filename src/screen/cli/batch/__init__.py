"""`rsd batch`: options, progress, interruption, summaries, determinations."""
