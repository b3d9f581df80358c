"""The verify service: tells Traefik's ForwardAuth who a visitor is, with Descope behind it.

It shares nothing with the dashboard but the repository. What answers a request stands in `verify` (the hot path),
`login`, `arrival`, `logout` and `operations`; what decides without I/O in `forwarded`, `redirects`, `policy`,
`decision`, `cookies`, `seal`, `session` and `identity_headers`; `identity` is the one file that knows Descope's SDK.
"""
