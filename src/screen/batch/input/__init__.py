"""Sources into checked tables: files, folders and streams read in chunks, and what cannot be used as rejects."""
