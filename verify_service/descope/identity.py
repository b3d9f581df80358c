"""Descope, through its SDK: the one file that knows `descope`, and what it does not do by itself.

Read in and tried with descope 2.16.0. Of its private parts this uses `_auth_http` and `_auth`, since there is no public
way to keep one user's cookies from the next one's request, to refresh the keys, or to see which ones there are.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from descope import AuthException, DescopeClientAsync, RateLimitException

from verify_service.config import Settings
from verify_service.descope.tokens import REFRESH, SESSION, check_claims, person_of
from verify_service.errors import IdentityError, RejectedError, UnavailableError
from verify_service.metrics import Metrics
from verify_service.request.person import Person

LOGOUT_SECONDS: Final = 2.0
# The SDK sleeps for up to 10 s over these, with somebody waiting.
_BUSY: Final = frozenset({503, 520, 521, 522, 524, 530})
_PASSING: Final = frozenset({408, 425})  # 4xx that say nothing about the credential
# What the SDK and its libraries raise at answers and tokens of another form; JSON may nest too deep, or say 1e999.
_ODD: Final = (
    ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError, UnsupportedAlgorithm,
)  # fmt: skip
_UPSTREAM: Final = "server error"  # AuthException.error_type of an HTTP answer; others are the SDK's own checks


@dataclass(frozen=True, slots=True)
class Verified:
    """What a session token says, and until when (seconds since the epoch)."""

    person: Person
    expires: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What Descope gives for a code or a refresh token; the token is the only one that is kept."""

    person: Person
    refresh_token: str  # empty when Descope gave none
    refresh_expires: float
    ends: float = math.inf  # what may be made of it ends then, in seconds since the epoch


class Descope:
    """One project. Every method raises RejectedError, UnavailableError or IdentityError, and nothing else."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._project = settings.project_id
        self._deadline = settings.descope_timeout
        self._algorithms = frozenset(settings.algorithms)
        self._metrics = metrics
        self._client = DescopeClientAsync(
            settings.project_id, timeout_seconds=settings.descope_timeout, base_url=settings.base_uri or None
        )
        self._client._auth.public_keys = {}  # noqa: SLF001  DESCOPE_PUBLIC_KEY would stand in for the fetched ones
        http = self._client._auth_http._async_client  # noqa: SLF001  see the module's docstring
        # Descope's answers set DS and DSR; this client would send them along with the next user's request.
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        http.event_hooks["response"].append(_refuse_to_wait)

    @property
    def base_url(self) -> str:
        """Where the SDK asks; the sign-in page allows the browser to ask there too."""
        return str(self._client._auth_http.base_url)  # noqa: SLF001  it derives the region from the project's id

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def fetch_keys(self) -> frozenset[str]:
        """Reads the project's keys anew, so that revoked ones are gone, and returns the ids of the usable ones."""
        auth = self._client._auth  # noqa: SLF001  see the module's docstring
        try:
            async with self._asking("keys"), auth.lock_public_keys:
                await auth._fetch_public_keys()  # noqa: SLF001  replaces all at once, or nothing when it fails
        except RejectedError as error:
            raise UnavailableError("Descope has no keys for this project") from error
        return frozenset(key_id for key_id, (_, algorithm) in auth.public_keys.items() if algorithm in self._algorithms)

    async def verify(self, token: str) -> Verified:
        """Who a session token names. Its header was read and its key is known: then this asks nobody."""
        try:
            response = await self._client.validate_session(token)
            claims = response["sessionToken"]
            return Verified(person_of(claims, None), check_claims(claims, self._project, SESSION))
        except (AuthException, jwt.PyJWTError, *_ODD) as error:
            raise RejectedError("the token is not valid") from error
        except (RateLimitException, httpx.HTTPError) as error:
            raise UnavailableError("Descope's keys could not be fetched") from error

    async def refresh(self, refresh_token: str) -> Grant:
        """A new session for a refresh token."""
        async with self._asking("refresh"):
            return self._grant(await self._client.refresh_session(refresh_token), refresh_token)

    async def start_oauth(self, provider: str, return_url: str) -> str:
        """The address where a person signs in with a provider."""
        async with self._asking("start"):
            return _address(await self._client.oauth.start(provider, return_url))

    async def start_sso(self, tenant: str, return_url: str) -> str:
        """The address where a person signs in with a tenant's own identity provider."""
        async with self._asking("start"):
            return _address(await self._client.sso.start(tenant, return_url))

    async def exchange_oauth(self, code: str) -> Grant:
        """A session for the code that OAuth ended with."""
        async with self._asking("exchange"):
            return self._grant(await self._client.oauth.exchange_token(code), "")

    async def exchange_sso(self, code: str) -> Grant:
        """A session for the code that SSO ended with."""
        async with self._asking("exchange"):
            return self._grant(await self._client.sso.exchange_token(code), "")

    async def logout(self, refresh_token: str, *, everywhere: bool) -> None:
        """Ends the session at Descope, or all sessions of the user."""
        async with self._asking("logout", LOGOUT_SECONDS):
            await (self._client.logout_all if everywhere else self._client.logout)(refresh_token)

    def _grant(self, response: Mapping[str, Any], refresh_token: str) -> Grant:
        claims = response.get("sessionToken")
        if not isinstance(claims, dict):
            raise UnavailableError(
                "Descope sent no session token; choose 'Manage in response body' in the project's session settings"
            )
        session_expires = check_claims(claims, self._project, SESSION)
        user = response.get("user")
        person = person_of(claims, user if isinstance(user, dict) else None)
        renewed = response.get("refreshSessionToken")
        if not isinstance(renewed, dict):
            return Grant(person, refresh_token, 0.0, math.inf if refresh_token else session_expires)
        expires = check_claims(renewed, self._project, REFRESH)
        if (renewed.get("dsub") or renewed["sub"]) != person.user:
            raise RejectedError("the two tokens belong to different users")
        return Grant(person, str(renewed["jwt"]), expires)

    @asynccontextmanager
    async def _asking(self, what: str, seconds: float | None = None) -> AsyncIterator[None]:
        """Bounds a call in time, counts it, and says in our words what went wrong."""
        result = "error"
        try:
            async with asyncio.timeout(min(self._deadline, seconds or self._deadline)):
                yield
            result = "ok"
        except RateLimitException as error:
            raise UnavailableError("Descope limits the rate of requests", _pause(error)) from error
        except AuthException as error:
            if _says_no(error):
                result = "rejected"
                raise RejectedError("Descope does not accept the credential") from error
            raise UnavailableError("Descope answers with an error") from error
        except (RejectedError, IdentityError, jwt.PyJWTError) as error:
            result = "rejected"
            if isinstance(error, jwt.PyJWTError):
                raise RejectedError("Descope's token is not valid") from error
            raise
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnavailableError("Descope can't be reached") from error
        except _ODD as error:
            raise UnavailableError("Descope's answer can't be read") from error
        finally:
            self._metrics.descope(what, result)


def _says_no(error: AuthException) -> bool:
    status = error.status_code
    if error.error_type != _UPSTREAM:
        return True
    return isinstance(status, int) and 400 <= status < 500 and status not in _PASSING  # noqa: PLR2004  HTTP's classes


def _pause(error: RateLimitException) -> int:
    seconds = (error.rate_limit_parameters or {}).get("Retry-After", 0)
    return min(max(int(seconds), 1), 600) if isinstance(seconds, int) else 5


def _address(response: Mapping[str, Any]) -> str:
    address = response.get("url")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise UnavailableError("Descope's answer can't be read")
    return address


async def _refuse_to_wait(response: httpx.Response) -> None:
    if response.status_code in _BUSY:
        raise UnavailableError("Descope answers with an error")
