"""Find what is wrong with photos before anyone trains on them: every check returns ranked findings."""
