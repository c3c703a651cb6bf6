"""The reference evaluation: every finding of the law for one case, with its reasons."""
