"""Certificates and keys: towards the collector, and of sources that listen."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from logsource.config.fieldrules import AbsolutePath
from logsource.config.types import Flag


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TlsConfig(_Model):
    """TLS towards the collector."""

    ca: AbsolutePath | None = Field(
        None, description="File with the CA certificates to trust; none: the system's."
    )
    cert: AbsolutePath | None = Field(None, description="Client certificate (PEM).")
    key: AbsolutePath | None = Field(None, description="Key of the client certificate (PEM).")
    verify: Flag = Field(True, description="Verify the collector's certificate. Leave it on.")


class ListenTlsConfig(_Model):
    """TLS for whoever connects to a source that listens."""

    cert: AbsolutePath = Field(
        description="This machine's certificate (PEM), with those between it and its CA. A new one is taken for the "
        "next connection."
    )
    key: AbsolutePath = Field(description="Key of the certificate (PEM), without a passphrase.")
    ca: AbsolutePath | None = Field(
        None,
        description="CA certificates (PEM) of the senders: only those with a certificate of theirs are heard; "
        "none: everybody is.",
    )
