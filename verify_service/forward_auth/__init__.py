"""What Traefik asks: `verify` is the path that each request takes, `bearer` reads tokens of API clients."""
