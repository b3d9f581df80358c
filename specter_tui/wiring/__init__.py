"""Puts the parts together: which adapter serves which port, for the settings of one context."""
