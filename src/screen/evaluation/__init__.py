"""The rule book tried: law cases with expected findings, and real decisions by issue."""
