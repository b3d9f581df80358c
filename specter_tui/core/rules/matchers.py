"""The HTTP matchers: which exist in which syntax, how many arguments they take, and what each asks of a request.

Read from Traefik's pkg/muxer/http (matcher.go, matcher_v2.go) at 3.7.9 and from gorilla/mux. A builder takes the
arguments and gives the question; it raises `ValueError` where Traefik refuses the arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from specter_tui.core.rules import addresses
from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.patterns import Pattern, found, go_pattern, query_template, template, variables
from specter_tui.core.rules.request import Request, Test, canonical_host, header_pairs, routing_path
from specter_tui.core.text import visible

Args = tuple[str, ...]
Builder = Callable[[Args, Dialect], Test]
_SHOWN: Final = 60
# Traefik overwrites these itself before it looks at rules, so what a client sends decides nothing.
_SET_BY_TRAEFIK: Final = ("x-forwarded-", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Spec:
    """A matcher's builder and the numbers of arguments it takes; none: any number."""

    build: Builder
    counts: tuple[int, ...] = ()


def ascii_only(value: str, matcher: str) -> str:
    """The value; raises `ValueError` when it holds anything else."""
    if not value.isascii():
        message = f"invalid value {visible(value, _SHOWN)} for {matcher} matcher, non-ASCII characters are not allowed"
        raise ValueError(message)
    return value


def any_of(patterns: Iterable[Pattern], text: str) -> bool:
    """Whether one of the expressions matches."""
    return any(found(pattern, text) for pattern in patterns)


def domain_matches(domain: str, expression: str, dialect: Dialect) -> bool:
    """Whether a lower-case domain is the one of a Host() or lies in its one-label wildcard."""
    if dialect.wildcard_hosts and expression.startswith("*"):
        return expression == "*" + domain[len(domain.partition(".")[0]) :]
    return domain == expression


def _host(args: Args, dialect: Dialect) -> Test:
    if dialect.any_host and args == ("*",):
        return lambda _: True
    expressions = [ascii_only(arg, "Host").lower() for arg in args]
    if dialect.wildcard_hosts and any(expression[:1] == "*" for expression in expressions):
        return _host_wildcards(expressions, dialect)
    # A trailing dot may stand on either side.
    names: set[str] = set()
    for expression in expressions:
        names.update((expression, f"{expression}.", expression.removesuffix(".") or expression))
    return lambda request: canonical_host(request.host) in names


class PlainHost(msgspec.Struct, frozen=True, gc=False):
    """The question of a Host() whose only argument is an ordinary name in lower case, in either syntax.

    Nearly every rule has one, and a function with the name in it would be ten times as large.
    """

    name: str

    def __call__(self, request: Request) -> bool:
        """Whether the request is for this host."""
        return canonical_host(request.host).removesuffix(".") == self.name


def _host_wildcards(expressions: list[str], dialect: Dialect) -> Test:
    def test(request: Request) -> bool:
        host = canonical_host(request.host)
        return bool(host) and any(_host_matches(host, expression, dialect) for expression in expressions)

    return test


def _host_matches(host: str, expression: str, dialect: Dialect) -> bool:
    """A trailing dot may stand on either side, not on both of unequal ones."""
    if domain_matches(host, expression, dialect):
        return True
    if expression.endswith(".") and domain_matches(host, expression[:-1], dialect):
        return True
    return host.endswith(".") and domain_matches(host[:-1], expression, dialect)


def _host_regexp_v3(args: Args, _: Dialect) -> Test:
    pattern = go_pattern(ascii_only(args[0], "HostRegexp"))
    return lambda request: found(pattern, canonical_host(request.host))


def _host_regexp_v2(args: Args, _: Dialect) -> Test:
    patterns = tuple(template(ascii_only(arg, "HostRegexp"), "[^.]+", fold=True) for arg in args)
    return lambda request: any_of(patterns, canonical_host(request.host))


def _rooted(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"path {visible(path, _SHOWN)} does not start with a '/'")
    return path


def _path_v3(args: Args, _: Dialect) -> Test:
    path = _rooted(args[0])
    return lambda request: routing_path(request.path) == path


def _path_prefix_v3(args: Args, _: Dialect) -> Test:
    prefix = _rooted(args[0])
    return lambda request: routing_path(request.path).startswith(prefix)


def _path_regexp(args: Args, _: Dialect) -> Test:
    return _path_patterns((), (go_pattern(args[0]),), prefix=False)


def _path_v2(args: Args, _: Dialect) -> Test:
    return _path_templates(args, prefix=False)


def _path_prefix_v2(args: Args, _: Dialect) -> Test:
    return _path_templates(args, prefix=True)


def _path_templates(args: Args, *, prefix: bool) -> Test:
    literals = tuple(_rooted(arg) for arg in args if not is_template(arg))
    patterns = tuple(template(_rooted(arg), "[^/]+", prefix=prefix) for arg in args if is_template(arg))
    return _path_patterns(literals, patterns, prefix=prefix)


def _path_patterns(literals: Args, patterns: tuple[Pattern, ...], *, prefix: bool) -> Test:
    def test(request: Request) -> bool | None:
        path = routing_path(request.path)
        if path.startswith(literals) if prefix else path in literals:
            return True
        if request.open_path and patterns:
            return None
        return any_of(patterns, path)

    return test


def is_template(arg: str) -> bool:
    """Whether gorilla reads variables (or an error) in a v2 argument."""
    return "{" in arg or "}" in arg


def _method(args: Args, _: Dialect) -> Test:
    methods = frozenset(arg.upper() for arg in args)
    return lambda request: request.method in methods


def header_question(key: str, accepts: Callable[[str], bool]) -> Test:
    """Whether the request has this header with an accepted value."""
    key = key.lower()

    def test(request: Request) -> bool | None:
        if key == "host":
            return False  # Go takes it out of the headers
        if request.headers is None or key.startswith(_SET_BY_TRAEFIK):
            return None
        return any(name.lower() == key and accepts(value) for name, value in header_pairs(request.headers))

    return test


def _headers(args: Args, _: Dialect) -> Test:
    return _all_of([header_question(key, value.__eq__) for key, value in _pairs(args).items()])


def _headers_regexp(args: Args, _: Dialect) -> Test:
    return _all_of([header_question(key, _accepting(go_pattern(value))) for key, value in _pairs(args).items()])


def _accepting(pattern: Pattern) -> Callable[[str], bool]:
    return lambda text: found(pattern, text)


def _pairs(args: Args) -> Mapping[str, str]:
    """The arguments as keys and values, the last one of a key counting, as gorilla does."""
    if len(args) % 2:
        raise ValueError(f"number of parameters must be multiple of 2, got {len(args)}")
    return dict(zip(args[::2], args[1::2], strict=True))


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(request: Request) -> bool | None:
        answers = {question(request) for question in tests}
        return False if False in answers else None if None in answers else True

    return test


def _query_question(key: str, accepts: Callable[[str], bool]) -> Test:
    def test(request: Request) -> bool | None:
        if request.query is None:
            return None
        return any(name == key and accepts(value) for name, value in request.query)

    return test


def _query_v3(args: Args, _: Dialect) -> Test:
    # Query(`key`) alone asks for an empty value.
    return _query_question(args[0], (args[1] if len(args) > 1 else "").__eq__)


def _query_regexp(args: Args, dialect: Dialect) -> Test:
    if len(args) == 1:
        return _query_v3(args, dialect)
    return _query_question(args[0], _accepting(go_pattern(args[1])))


def _query_v2(args: Args, _: Dialect) -> Test:
    parts = tuple(part for arg in args for part in arg.split("=", 1))
    if len(parts) % 2:
        raise ValueError(f"number of parameters must be multiple of 2, got {len(parts)}")
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    seen: set[str] = set()
    for key, value in pairs:
        names = variables(f"{key}={value}")
        if not seen.isdisjoint(names):
            raise ValueError("a variable stands in two queries")
        seen |= names
    return _all_of([_query_template(key, value) for key, value in pairs])


def _query_template(key: str, value: str) -> Test:
    pattern = query_template(key, value)
    name = f"{key}={value}".partition("=")[0]

    def test(request: Request) -> bool | None:
        if request.query is None:
            return None
        first = next((f"{key}={value}" for key, value in request.query if key == name), "")
        return found(pattern, first)

    return test


def client_ip(args: Args, _: Dialect) -> Test:
    """Whether the connection comes from one of the addresses, never from X-Forwarded-For; raises `ValueError`."""
    allowed = addresses.networks(args)
    return lambda request: None if request.client_ip is None else addresses.contains(allowed, request.client_ip)


HTTP_V3: Final[Mapping[str, Spec]] = {
    "ClientIP": Spec(client_ip, (1,)),
    "Method": Spec(_method, (1,)),
    "Host": Spec(_host, (1,)),
    "HostRegexp": Spec(_host_regexp_v3, (1,)),
    "Path": Spec(_path_v3, (1,)),
    "PathRegexp": Spec(_path_regexp, (1,)),
    "PathPrefix": Spec(_path_prefix_v3, (1,)),
    "Header": Spec(_headers, (2,)),
    "HeaderRegexp": Spec(_headers_regexp, (2,)),
    "Query": Spec(_query_v3, (1, 2)),
    "QueryRegexp": Spec(_query_regexp, (1, 2)),
}
HTTP_V2: Final[Mapping[str, Spec]] = {
    "Host": Spec(_host),
    "HostHeader": Spec(_host),
    "HostRegexp": Spec(_host_regexp_v2),
    "ClientIP": Spec(client_ip),
    "Path": Spec(_path_v2),
    "PathPrefix": Spec(_path_prefix_v2),
    "Method": Spec(_method),
    "Headers": Spec(_headers),
    "HeadersRegexp": Spec(_headers_regexp),
    "Query": Spec(_query_v2),
}
