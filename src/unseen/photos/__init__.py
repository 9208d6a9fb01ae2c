"""Read photos from folders, zips and tables, decode them, and cache their pixels."""
