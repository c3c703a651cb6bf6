"""`rsd train`: exercises worked, progress kept."""
