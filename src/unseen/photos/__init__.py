"""Read photos from files, folders, zips and tables; decode them, count what is rejected, keep pixels."""
