"""Many cases at once: tables in, tables of findings out, every record accounted for."""

import os

# Tables of hundreds of megabytes are made and freed here. Polars returns memory to the system after half a second and
# asks for it again soon after, which takes a fifth of a run. This must be set before Polars is imported; a value that
# is set already stays.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:5000")
