"""Render photos of hands whose person, room, sign and joints are known."""
