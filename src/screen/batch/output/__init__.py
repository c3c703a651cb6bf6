"""Findings into files: formats, the checkpoint of a run, which names may be taken, shards joined."""
