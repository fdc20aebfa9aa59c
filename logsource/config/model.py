"""The configuration as frozen values; the one source of the loader, the JSON schema and the reference.

Every field is described with its unit. Unknown keys are errors everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from logsource.config.addresses import ListenAddresses
from logsource.config.cases import TestConfig
from logsource.config.events import ApplicationErrorConfig, PageViewConfig, StructConfig, UserConfig
from logsource.config.fieldrules import (
    AbsolutePath,
    Encoding,
    ExcludeGlob,
    Glob,
    HttpUrl,
    IgluUri,
    JournalNamespace,
    Listen,
    PostPath,
    Regex,
)
from logsource.config.filters import FilterConfig
from logsource.config.ownparsers import ParserConfig as ParserConfig  # noqa: PLC0414 - its place before
from logsource.config.published import SchemasConfig
from logsource.config.tls import ListenTlsConfig, TlsConfig
from logsource.config.types import Count, Duration, Flag, Size

DAY = 86400.0
"""Seconds; the longest wait that can be meant. Beyond the range of a C timeval, waiting itself would fail."""
MULTILINE_PRESETS = ("indent", "java", "python", "go", "ruby", "node", "dotnet", "php", "rust", "dart")
"""Languages whose stack traces `multiline.preset` knows; `indent` is for whatever sets off what belongs together."""


_Label = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class AgentConfig(_Model):
    """The agent itself."""

    name: str = Field(
        "", max_length=255, description="Host name put into every event; empty: the machine's host name."
    )
    host_entity: Flag = Field(
        False,
        description="Send the entity `host` with each event: name, system and architecture of this machine, and labels.",
    )
    labels: dict[_Label, _Label] = Field(
        default_factory=dict,
        max_length=32,
        description="What the host entity says besides, such as `role: web`.",
    )
    state_dir: AbsolutePath = Field(
        Path("/var/lib/logsource"),
        description="Directory of the outbox and the checkpoints; made with mode 0700.",
    )
    track_group: str = Field(
        "",
        max_length=64,
        description="Group whose members may hand events over to the agent (`logsource track`, the library), too: its user "
        "must be in it. Empty: only the agent's user and root.",
    )
    workers: Count = Field(
        1,
        ge=1,
        le=64,
        description="Processes that parse; 1 parses in the main process. More help when one core is not enough; each takes about 50 MB.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe message of the agent's own log on stderr."
    )


class RetryConfig(_Model):
    """Waiting between tries: exponential, full jitter, capped, for ever."""

    initial: Duration = Field(0.5, gt=0, le=DAY, description="Upper bound of the first wait.")
    max: Duration = Field(60.0, gt=0, le=DAY, description="Cap of the wait between two tries.")


class CollectorConfig(_Model):
    """Where events go and how requests look."""

    url: HttpUrl = Field(description="Base address of the collector, e.g. https://collector.example.com")
    method: Literal["post", "get"] = Field("post", description="POST many events a request, or GET one each.")
    path: PostPath = Field(
        "/com.snowplowanalytics.snowplow/tp2",
        description="Path for POST; two segments, as the collector has it.",
    )
    app_id: str = Field("", max_length=255, description="`aid` of every event; empty: left out.")
    namespace: str = Field(
        "logsource", max_length=128, description="`tna` (tracker namespace) of every event."
    )
    platform: Literal["web", "iot", "app", "mob", "pc", "cnsl", "tv", "srv", "headset"] = Field(
        "srv", description="`p` of every event."
    )
    base64: Flag = Field(False, description="Send ue_px/cx (base64) instead of ue_pr/co; a third larger.")
    byte_limit_post: Size = Field(131072, ge=1024, description="Largest POST body in bytes.")
    byte_limit_get: Size = Field(16384, ge=512, description="Largest GET request line in bytes.")
    send_limit: Count = Field(500, ge=1, description="Most events in one POST.")
    concurrency: Count = Field(2, ge=1, le=64, description="Requests under way at once.")
    timeout: Duration = Field(10.0, gt=0, le=DAY, description="Longest wait for connect and for an answer.")
    linger: Duration = Field(
        0.5,
        le=DAY,
        description="Longest wait for more lines before a block that is not full is read and sent.",
    )
    drain_timeout: Duration = Field(
        10.0, le=DAY, description="At shutdown, how long to go on sending what is in the outbox."
    )
    anonymous: Flag = Field(True, description="Send `SP-Anonymous: *`, so that no network_userid is made up.")
    retry: RetryConfig = Field(RetryConfig(), description="Waiting between tries.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Extra request headers; values are secrets."
    )
    tls: TlsConfig = Field(TlsConfig(), description="TLS towards the collector.")


class OutboxConfig(_Model):
    """The buffer between reading and sending."""

    max_size: Size = Field(
        1024**3, ge=65536, description="Limit of stored bytes; when reached, reading pauses."
    )
    sync: Literal["normal", "full"] = Field(
        "normal", description="SQLite synchronous: `full` also survives power loss without re-reading."
    )
    storage: Literal["disk", "memory"] = Field("disk", description="`memory` loses what is unsent at exit.")


class MultilineConfig(_Model):
    """How several lines make one record."""

    start: Regex | None = Field(None, description="A line that matches begins a record.")
    continue_: Regex | None = Field(
        None, alias="continue", description="A line that matches belongs to the one before."
    )
    end: Regex | None = Field(None, description="A line that matches ends its record.")
    join_next: Regex | None = Field(None, description="A line that matches is joined with the next one.")
    count: Count | None = Field(
        None, ge=1, description="So many lines make a record, counted from the start of the file."
    )
    json_: Flag = Field(
        False,
        alias="json",
        description="A line that begins an object or an array begins a record, which ends where all braces and "
        "brackets are closed (strings do not count). Other lines are records of their own.",
    )
    preset: str | None = Field(
        None, description="Name of a language preset: " + ", ".join(MULTILINE_PRESETS) + "."
    )
    flush_after: Duration = Field(
        1.0, le=DAY, description="Idle time since the last line after which a record is complete."
    )
    max_lines: Count = Field(
        500, ge=1, description="Most lines in one record; a longer one comes in parts, which are flagged."
    )
    max_size: Size = Field(
        262144,
        ge=1024,
        description="Most bytes in one record; a longer one comes in parts, which are flagged.",
    )


class SourceConfig(_Model):
    """A set of files or another input, and what its lines are."""

    name: str = Field(
        pattern=r"^[a-zA-Z0-9_.-]{1,64}$", description="Label of metrics and of the log_source entity."
    )
    type: Literal["file", "stdin", "syslog", "journald"] = Field("file", description="Kind of input.")
    paths: list[Glob] = Field(
        default_factory=list,
        description="Absolute paths or globs; `**` crosses directories. Required for type file.",
    )
    exclude: list[ExcludeGlob] = Field(
        default_factory=list,
        description="Globs of files to leave out, as whole paths. A directory that is named without wildcards, or with "
        "`/` or `/**` at the end, is left out with all below it.",
    )
    olddir: list[str] = Field(
        default_factory=list,
        description="Directories (absolute, or relative to the log's own) into which rotation moves old logs.",
    )
    start_at: Literal["beginning", "end"] = Field(
        "beginning", description="Where to start in files that exist when the source is first seen."
    )
    parser: str = Field(
        "plain",
        description="Name of a pack, of an entry of `parsers`, or a built-in parser; or a pack's folder.",
    )
    encoding: Encoding = Field(
        "utf-8", description="Encoding of the files; invalid bytes become U+FFFD and are counted."
    )
    delimiter: str = Field("", description="What ends a record; empty: LF, with or without a CR before it.")
    skip_lines: Count = Field(
        0,
        ge=0,
        le=10_000,
        description="Lines at the start of each file that are no records, such as column names. They are counted "
        "as dropped, with the reason header. Where logs are rotated by copytruncate, nobody repeats them: use "
        "comment there.",
    )
    comment: str = Field(
        "",
        max_length=16,
        description="Lines that begin with this text are no records, wherever they stand, such as # in W3C logs "
        "(IIS, CloudFront). They are counted as dropped, with the reason comment. A parser with csv: {w3c: true} reads "
        "them itself.",
    )
    container: Literal["none", "docker", "cri", "auto"] = Field(
        "none",
        description="Container runtime that wrote the files: docker (json-file) or cri (containerd, CRI-O). Its "
        "wrapping is taken off, partial lines are joined, stdout and stderr are kept apart.",
    )
    multiline: MultilineConfig | None = Field(None, description="How several lines make one record.")
    max_line: Size = Field(
        262144, ge=1024, description="Longest record in bytes; longer ones are cut and flagged."
    )
    ignore_older: Duration | None = Field(
        None, gt=0, description="Leave out files not modified for this long; without it, none is left out."
    )
    after_delivery: Literal["keep", "delete", "move"] = Field(
        "keep",
        description="What becomes of a file that is read to its end and delivered: rotated files, complete archives "
        "(gz, zst, bz2, xz), and, with ignore_older, files that are older. Only files that paths themselves name "
        "are touched, so include the rotated ones (app.log*); never a log that is being written.",
    )
    move_to: AbsolutePath | None = Field(
        None,
        description="Directory for after_delivery: move, on the same file system; nothing in it is overwritten or read.",
    )
    skip_empty: Flag = Field(True, description="Drop (and count) empty lines.")
    listen: ListenAddresses = Field(
        default_factory=list,
        description="Type syslog: where to listen, udp://IP:PORT, tcp://IP:PORT, tls://IP:PORT, unix:///PATH "
        "(datagrams) or unix-stream:///PATH. Framing over tcp, tls and unix-stream (octet counting, LF or NUL) is found out.",
    )
    tls: ListenTlsConfig | None = Field(None, description="Type syslog: TLS (RFC 5425) of tls:// addresses.")
    max_connections: Count = Field(
        256, ge=1, le=4096, description="Type syslog: connections that are served at once; more have to wait."
    )
    matches: list[str] = Field(
        default_factory=list,
        description="Type journald: matches for journalctl, such as _SYSTEMD_UNIT=x.service.",
    )
    record: Literal["message", "entry"] | None = Field(
        None,
        description="Type journald: what the parser sees of an entry, its MESSAGE, or all of it as JSON; none: "
        "all of it with `parser: journald`, else the MESSAGE.",
    )
    journal_directory: AbsolutePath | None = Field(
        None,
        description="Type journald: read the journals in this directory, such as /var/log/journal of the host mounted into "
        "a container; none: those of this machine.",
    )
    journal_namespace: JournalNamespace = Field(
        "",
        description="Type journald: the namespace whose journal is read; * for all, +NAME for that one and the default one.",
    )
    journalctl: AbsolutePath = Field(
        Path("/usr/bin/journalctl"), description="Type journald: the program that reads the journal."
    )
    buffer: Size = Field(
        8 * 1024**2,
        ge=65536,
        description="Types stdin, syslog, journald: memory for what was received and is not in the outbox yet; when "
        "it is full, nothing is received. For syslog, each listener has one.",
    )
    unmatched: Literal["event", "dead_letter", "drop"] = Field(
        "event",
        description="A record no pattern matches: an unparsed_line event, a dead letter, or a counted drop.",
    )
    event: Literal["self_describing", "page_view", "struct", "application_error"] = Field(
        "self_describing", description="Kind of event made of a record."
    )
    page_view: PageViewConfig = Field(PageViewConfig(), description="Details of `event: page_view`.")
    application_error: ApplicationErrorConfig = Field(
        ApplicationErrorConfig(),
        description="Details of `event: application_error`, for records with stack traces.",
    )
    struct: StructConfig | None = Field(
        None, description="Details of `event: struct`: constants, or {field: NAME}."
    )
    user: UserConfig | None = Field(
        None,
        description="Protocol fields about user and session, for any kind of event: the NAME of a field of the record, "
        "{field: NAME}, or {value: TEXT} for the same in each event. With {field: NAME, derive: uuid} a text that is "
        "no UUID becomes one, always the same of the same text: for sid, where session ids have another form.",
    )
    context: dict[IgluUri, dict[str, Any]] = Field(
        default_factory=dict, description="Entities sent with each event: Iglu URI to data."
    )
    filters: list[FilterConfig] = Field(
        default_factory=list,
        description="Steps that keep, drop and change records before they become events, in this order.",
    )


class WebConfig(_Model):
    """Metrics, health and status over HTTP."""

    listen: Listen = Field("127.0.0.1:9419", description="HOST:PORT to listen on; empty: do not listen.")


class Config(_Model):
    """A whole configuration file."""

    agent: AgentConfig = Field(AgentConfig(), description="The agent itself.")
    collector: CollectorConfig = Field(description="Where events go.")
    outbox: OutboxConfig = Field(OutboxConfig(), description="The buffer between reading and sending.")
    sources: list[SourceConfig] = Field(min_length=1, description="What to read.")
    parsers: dict[str, ParserConfig] = Field(default_factory=dict, description="Parsers of your own.")
    tests: list[TestConfig] = Field(
        default_factory=list, description="Tests of parsers, run by `logsource check --tests`."
    )
    pack_dirs: list[AbsolutePath] = Field(
        default_factory=list,
        description="Folders with parser packs of your own, and with schemas that packs, parsers and entities share "
        "(in schemas/ or _schemas/, as in a static Iglu repository).",
    )
    schemas: SchemasConfig = Field(SchemasConfig(), description="Where the schemas of events are published.")
    web: WebConfig = Field(WebConfig(), description="Metrics, health and status over HTTP.")
