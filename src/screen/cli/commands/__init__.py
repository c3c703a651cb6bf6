"""The commands, each in a file."""
