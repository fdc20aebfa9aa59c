"""A transport adapter for requests that always go to the same place.

requests works out for every request which connection pool to use, what TLS settings mean, and which
cookies came back. Our destination, TLS settings and headers never change and we keep no cookies, so
that is done once, and the exchange itself is `emit.direct`, through a proxy too.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests import Response
from requests import exceptions as said
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import exceptions as meant

from logsource.emit.direct import exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest


class FastAdapter(HTTPAdapter):
    """For one URL prefix, one `verify`, one `cert` and one set of proxies; anything else would be ignored."""

    _pool: Any = None
    _fixed = ""
    """Header lines that do not come with the request."""
    _last: tuple[str | None, str] = (None, "")

    def send(  # noqa: PLR0917 - the shape of requests' adapters
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the body is read by the caller in any case
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; `timeout` is (connect, read) in seconds. Raises what requests raises."""
        pool = self.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        try:
            answer = exchange(
                pool,
                method=request.method or "POST",
                target=self.request_url(request, proxies),
                headers=self._fixed
                + "".join([f"{name}: {_text(value)}\r\n" for name, value in request.headers.items()]),
                body=request.body if isinstance(request.body, bytes) else b"",
                timeout=timeout,
            )
        except (
            meant.NewConnectionError
        ) as error:  # refused or unreachable; urllib3 derives it from the time-out
            raise said.ConnectionError(error, request=request) from error
        except meant.ConnectTimeoutError as error:
            raise said.ConnectTimeout(error, request=request) from error
        except TimeoutError as error:
            raise said.ReadTimeout(error, request=request) from error
        except (meant.SSLError, ssl.SSLError) as error:
            raise said.SSLError(error, request=request) from error
        except (FileNotFoundError, PermissionError):
            raise  # a file of the TLS settings
        except (meant.HTTPError, OSError) as error:
            raise said.ConnectionError(error, request=request) from error
        response = Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = answer.body
        response.request = request
        return response

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the one pool."""
        if self._pool is None:
            pool: Any = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]  # no types there
            self._fixed = f"Host: {_host(request.url or '')}\r\n"
            if (
                pool.proxy is not None and pool.scheme == "http"
            ):  # in a tunnel they are none of the collector's business
                self._fixed += "".join([f"{name}: {value}\r\n" for name, value in pool.proxy_headers.items()])
            self._pool = pool
        return self._pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Done when the pool was made."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Return the request target; remembered for the URL that is posted to again and again."""
        url, target = self._last  # one tuple, because threads share the adapter
        if request.url is not url:
            target = super().request_url(request, proxies)
            self._last = (request.url, target)
        return target

    def close(self) -> None:
        """Close all connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        super().close()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _host(url: str) -> str:
    """Host header for a URL: without user and password, and without the scheme's own port (RFC 9110, 7.2)."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in {None, usual} else f"{host}:{parts.port}"
