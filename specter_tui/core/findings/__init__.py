"""Findings: one group a file, one check a function."""
