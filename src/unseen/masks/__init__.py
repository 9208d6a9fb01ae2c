"""Find the mask of each photo's foreground, and how confident it is."""
