"""The law: rule files read, checked and resolved into one frozen rule book."""
