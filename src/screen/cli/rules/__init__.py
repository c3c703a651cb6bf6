"""`rsd rules`: the rule book checked, shown, tried and proved."""
