"""Changes of the running system: each plans, applies, verifies by effect and rolls back."""
