"""Name what the parts of an exported graph hand on to each other around a locator."""

# The exporter names its own values after operations ("view", ...): these names must not be among them.
VIEW, EXTENT = "photo_view", "photo_extent"
BOXES, KEYPOINTS, SCORES = "found_boxes", "found_keypoints", "found_scores"
# Which feature, counted from the end, says how probable a hand is, by the landmark network. Behind it stand both poses
# and the sign (`pose_conditioned.TOLD`).
PRESENT = -263
