"""Questions put to a person: with keys at a terminal, or in plain lines."""
