"""Simulated cases from declared distributions, for load tests and training. They are data about nobody."""
