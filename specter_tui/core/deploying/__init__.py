"""Deploying the verify service: what has to be so before, what will be done, and what it was before. All pure."""
