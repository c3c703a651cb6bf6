"""Other answers: what a named one would change, and which few facts would change a finding."""
