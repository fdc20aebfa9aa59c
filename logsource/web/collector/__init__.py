"""The embedded collector: takes what a Snowplow collector takes and judges it as the pipeline would."""
