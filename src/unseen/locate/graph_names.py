"""Name what the parts of an exported graph hand on to each other around a locator."""

# The exporter names its own values after operations ("view", ...): these names must not be among them.
VIEW, EXTENT = "photo_view", "photo_extent"
BOXES, KEYPOINTS, SCORES = "found_boxes", "found_keypoints", "found_scores"
