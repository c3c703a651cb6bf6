"""Checked tables into tables of findings, through the compiled law."""
