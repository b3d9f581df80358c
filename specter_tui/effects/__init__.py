"""WRITE adapters: what changes the world, one kind of thing a file."""
