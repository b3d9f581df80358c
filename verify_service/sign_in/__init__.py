"""The sign-in host: its pages, OAuth and SSO, silent renewal, logout, and the sign-ins under way."""
