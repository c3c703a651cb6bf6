"""The program's version, for people and for the key of the rule book cache."""

VERSION = "0.1.0"
