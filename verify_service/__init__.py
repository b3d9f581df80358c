"""The verify service: tells Traefik's ForwardAuth who a visitor is, with Descope behind it.

It shares nothing with the dashboard but the repository. Its rooms, from the top; each uses what stands below it:

    app, server, runner, operations    puts the parts together and runs them
    forward_auth/                      /verify, the path that each request of each application takes
    sign_in/                           the sign-in host: pages, OAuth and SSO, silent renewal, logout
    session/                           sealed sessions: cookies, what is kept open in memory, what was ended
    descope/                           Descope: `identity` is the one module that knows its SDK
    config, metrics, telemetry         settings, counters, logs
    request/                           what a request says and what is decided by it, without I/O
"""
