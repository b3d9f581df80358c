"""Sessions: how they are sealed into cookies, kept open in memory, and ended."""
