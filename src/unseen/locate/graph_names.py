"""Name what the parts of an exported graph hand on to each other around a locator."""

# The exporter names its own values after operations ("view", ...): these names must not be among them.
VIEW, EXTENT = "photo_view", "photo_extent"
BOXES, SCORES = "found_boxes", "found_scores"
# Where the caller knows the box already: an input of the whole graph with a default, NaN, and then it is looked for.
KNOWN_BOX = "known_box"
