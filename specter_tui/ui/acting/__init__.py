"""Changing things from the dashboard: what is offered where, whether it may be done now, and how it is shown."""
