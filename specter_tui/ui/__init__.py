"""The Textual application: it renders snapshots and never fetches."""
