"""Having Traefik order one certificate anew: which entry, whether it may be, and what it takes. Pure."""
