"""What requests to schema registries have in common."""

from __future__ import annotations

import ssl
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from logsource import __version__
from logsource.errors import root_of

CONNECT_TIMEOUT = 2.0
"""Seconds."""


def open_session(connections: int = 1) -> requests.Session:
    """A session that reads no `.netrc` and keeps no cookies."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def arguments(base: str, apikey: str | None, *, timeout: float) -> dict[str, Any]:
    """Arguments of every request to a registry.

    Proxies come from the environment (HTTPS_PROXY, NO_PROXY …), CA certificates from the system (SSL_CERT_FILE).
    Redirects are not followed: the apikey must not go elsewhere.
    """
    headers = {
        "User-Agent": f"logsource/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if apikey is not None:
        headers["apikey"] = apikey
    return {
        "headers": headers,
        "stream": True,
        "allow_redirects": False,
        "timeout": (min(CONNECT_TIMEOUT, timeout), timeout),
        "verify": _verify(),
        "proxies": get_environ_proxies(base),
    }


def reason(status: int) -> str:
    """`503 Service Unavailable`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def words_of(error: BaseException) -> str:
    """The first cause in its own words; requests' own text around it names the URL with everything in it."""
    root = root_of(error)
    text = getattr(root, "strerror", None) or str(root) or type(root).__name__
    return str(text).splitlines()[0][:300]


def _verify() -> str | bool:
    """CA file or folder of the system (SSL_CERT_FILE has its say here), else the one that comes with requests."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True
