"""An offline Descope: what the `descope` SDK, the web component and a person's browser need of it, on loopback.

What it answers was taken from the SDK's source (descope 2.16.0) and from the source of `@descope/web-component`; error
bodies other than 429 were never seen from the real service, and only their shape is kept.
"""

from specter_tui.demo.descope.faults import Fault, Target, Trouble
from specter_tui.demo.descope.people import PEOPLE, Person, Tenant
from specter_tui.demo.descope.server import PROJECT, DescopeEmulator

__all__ = ["PEOPLE", "PROJECT", "DescopeEmulator", "Fault", "Person", "Target", "Tenant", "Trouble"]
