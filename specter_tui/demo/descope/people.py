"""The people of the demo's project, and how Descope describes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant and what a person may do in it."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A user: `id` becomes `sub`, `roles` and `permissions` are those of the whole project."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    verified: bool = True  # Descope knows that the address is theirs
    enabled: bool = True

    def user(self) -> dict[str, Any]:
        """The `user` of Descope's answers, with the names of its UserResponse."""
        return {
            "userId": self.id,
            "loginIds": [self.email],
            "email": self.email,
            "verifiedEmail": self.verified,
            "name": self.name,
            "givenName": self.name.partition(" ")[0],
            "familyName": self.name.partition(" ")[2],
            "phone": "",
            "verifiedPhone": False,
            "picture": "",
            "roleNames": list(self.roles),
            "userTenants": [
                {
                    "tenantId": one.id,
                    "tenantName": one.name,
                    "roleNames": list(one.roles),
                    "permissions": list(one.permissions),
                }
                for one in self.tenants
            ],
            "status": "enabled" if self.enabled else "disabled",
            "customAttributes": {},
            "createTime": 1_700_000_000,
            "test": False,
        }


_ENGINEERING: Final = Tenant("T2engineering", "Engineering", ("deployer",), ("deploy", "read"))
_SALES: Final = Tenant("T2sales", "Sales", ("reader",), ("read",))

# One of every sort that a policy tells apart. RFC 2606 keeps example.com free of real people.
PEOPLE: Final = (
    Person("U2alice", "alice@example.com", "Alice Adams", ("admin", "user"), ("read", "write"), (_ENGINEERING,)),
    Person("U2bob", "bob@example.com", "Bob Brown", ("user",), ("read",), (_SALES,)),
    Person("U2carol", "carol@example.com", "Carol Clark", ("user",), ("read",), verified=False),
    Person("U2dave", "dave@example.org", "Dave Davis"),
    Person("U2zoe", "zoë@example.com", "Zoë Žižek, Dr.", ("user", "night, shift"), (), (_ENGINEERING, _SALES)),
    Person("U2erin", "erin@example.com", "Erin Evans", ("admin",), enabled=False),
)
