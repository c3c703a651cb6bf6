"""Properties of the rule book proved for every possible case, or broken by the shortest one."""
