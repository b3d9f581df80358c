"""Descope: `identity` is the one module that imports its SDK; `keys` and `tokens` add what the SDK leaves out."""
