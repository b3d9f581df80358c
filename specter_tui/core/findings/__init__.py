"""Findings: one group a file, one check a function; `checks` lists them all."""
