"""Findings in words: one document model, written as text, Markdown or JSON."""
