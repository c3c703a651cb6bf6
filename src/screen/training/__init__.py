"""Exercises, marks, drills, and when a law point is due again."""
