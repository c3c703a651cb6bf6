"""Many cases at once: tables in, tables of findings out, every record accounted for."""

import os

# Tables come and go here by the hundred megabytes. Polars gives memory back to the system after half a second, and asks
# for it again in the next: a fifth of a run. To be said before Polars is imported; whoever said otherwise is heeded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:5000")
