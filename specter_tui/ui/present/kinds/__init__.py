"""The kinds of things that have a view of their own, one a file."""
