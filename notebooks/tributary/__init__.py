"""What the notebooks share: reading a feed as it landed, statistics for dependent data, and plain words."""
