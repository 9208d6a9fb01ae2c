"""Show the records of a run as self-contained HTML pages; measure nothing."""
