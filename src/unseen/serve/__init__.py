"""Answer over HTTP what is on photos; the page, and the limits that keep it answering. No torch."""
