"""logsource tails log files and turns every line into a self-describing Snowplow event."""

__version__ = "0.1.0"
