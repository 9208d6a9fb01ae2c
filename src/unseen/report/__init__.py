"""Records of a finished run in, one self-contained HTML page out; only shows, measures nothing."""
