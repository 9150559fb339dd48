"""Where calls go and through what: the base URL, TLS, proxies and aiohttp's own session.

The key must reach the service and nobody else, so plain http is refused, redirects are not followed and aiohttp's
hidden retries, cookies and netrc are off.
"""

from __future__ import annotations

import ipaddress
import ssl
import urllib.request
from typing import Any

import aiohttp
import attrs
from yarl import URL

from cvsense_async.errors import ConfigurationError

from .settings import Timeouts

DEFAULT_BASE_URL = "https://backend.cvsense.co.uk/api/v1"
"""Where the service lives [doc: Basics]."""


@attrs.frozen(kw_only=True)
class Connection:
    """How the service is reached. The fields that may hold a password are in no `repr`."""

    base_url: str = DEFAULT_BASE_URL
    proxy: str | None = attrs.field(default=None, repr=False)
    trust_env: bool = True
    ca_file: str | None = None
    ssl_context: ssl.SSLContext | None = attrs.field(default=None, repr=False, eq=False)
    connector: aiohttp.BaseConnector | None = attrs.field(default=None, repr=False, eq=False)
    connections: int = 100


def checked_base_url(text: str) -> URL:
    """The base URL without a slash at its end. Raises `ConfigurationError` where the key would not be safe."""
    try:
        url = URL(text.rstrip("/"))
        host = url.host
    except ValueError:
        raise ConfigurationError("the base URL cannot be read as a URL") from None
    if url.scheme not in ("http", "https") or not host:
        raise ConfigurationError("the base URL must be https://host/…, such as " + DEFAULT_BASE_URL)
    if url.user or url.password:
        raise ConfigurationError("the base URL must hold no user or password: the API key travels in a header")
    if url.query_string or url.fragment:
        raise ConfigurationError("the base URL must hold no query and no fragment")
    if url.scheme == "http" and not is_loopback(host):
        raise ConfigurationError("plain http would show the key to the network: use https (http is for loopback only)")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(url: URL, connection: Connection) -> str | None:
    """The proxy for the base URL: the one given, else the environment's; loopback is reached directly."""
    if connection.proxy is not None or not connection.trust_env or url.host is None or is_loopback(url.host):
        return connection.proxy
    if urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)


def open_http(connection: Connection, timeouts: Timeouts) -> aiohttp.ClientSession:
    """Open aiohttp's session for this loop; its connector is ours unless the caller gave one."""
    own = connection.connector is None
    connector = connection.connector or aiohttp.TCPConnector(
        limit=connection.connections,
        ssl=_tls(connection),
        ttl_dns_cache=60,
        keepalive_timeout=15,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        connector_owner=own,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect),
    )
    # Each attempt takes its own slot of the rate limit, so aiohttp must not repeat a request by itself; it has no
    # public switch for that.
    vars_of: Any = session
    vars_of._retry_connection = False
    return session


def _tls(connection: Connection) -> ssl.SSLContext | bool:
    if connection.ssl_context is not None:
        return connection.ssl_context
    if connection.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=connection.ca_file)
    except (OSError, ssl.SSLError):
        raise ConfigurationError("the CA file cannot be read as certificates in PEM form") from None
