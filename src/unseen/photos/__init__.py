"""Files, folders, zips and tables in; decoded photos, counted rejections and cached pixels out."""
