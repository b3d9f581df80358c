"""Widgets that know nothing of Traefik."""
