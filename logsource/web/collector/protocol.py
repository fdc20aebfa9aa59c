"""The tracker protocol as data: what a request may hold and what the pipeline demands of each field.

Source: schema payload_data 1-0-4 of Iglu Central, and the published behaviour of collector 3.x and
enrich 6.x. Breaking a rule of this file loses events after the collector has answered 200.
"""

from __future__ import annotations

PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/"
PAYLOAD_VERSIONS = frozenset({"1-0-0", "1-0-1", "1-0-2", "1-0-3", "1-0-4"})
"""Enrich takes any 1-0-x that exists; we hold all of them to the keys of the newest."""
UNSTRUCT_EVENT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
CONTEXTS = frozenset(
    {
        "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0",
        "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1",
    }
)

CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-8",
)
"""Enrich compares the whole text; any other loses the request."""

MAX_BODY = 2 * 1024 * 1024
"""Bytes; the collector answers 413 above it."""
MAX_PAYLOAD = 1024 * 1024
"""Bytes; above it the collector answers 200 and keeps one size-violation row instead of the events."""
MAX_REQUEST_LINE = 20480
"""Bytes of `GET /i?… HTTP/1.1`; the collector answers 400 above it."""
MAX_NESTING = 40
"""Depth of a JSON value inside a field."""

_KEYS = """
    tna aid p dtm tz e tid eid tv duid nuid uid vid ip res url page refr fp ctype cookie lang
    f_pdf f_qt f_realp f_wma f_dir f_fla f_java f_gears f_ag cd ds cs vp mac pp_mix pp_max pp_miy pp_may
    ad_ba ad_ca ad_ad ad_uid tr_id tr_af tr_tt tr_tx tr_sh tr_ci tr_st tr_co tr_cu ti_id ti_sk ti_nm
    ti_na ti_ca ti_pr ti_qu ti_cu sa sn st sp se_ca se_ac se_la se_pr se_va ue_na ue_pr ue_px co cx ua
    tnuid stm sid ttm
"""
KEYS = frozenset(_KEYS.split())
REQUIRED = ("e", "p", "tv")

EVENT_NAMES = {
    "ue": "unstruct",
    "se": "struct",
    "pv": "page_view",
    "pp": "page_ping",
    "tr": "transaction",
    "ti": "transaction_item",
}
EVENT_SCHEMAS = {
    "se": "iglu:com.google.analytics/event/jsonschema/1-0-0",
    "pv": "iglu:com.snowplowanalytics.snowplow/page_view/jsonschema/1-0-0",
    "pp": "iglu:com.snowplowanalytics.snowplow/page_ping/jsonschema/1-0-0",
    "tr": "iglu:com.snowplowanalytics.snowplow/transaction/jsonschema/1-0-0",
    "ti": "iglu:com.snowplowanalytics.snowplow/transaction_item/jsonschema/1-0-0",
}
"""Names that enrich gives to events that are not self-describing."""
PLATFORMS = ("web", "iot", "app", "mob", "pc", "cnsl", "tv", "srv", "headset")

LENGTHS = {
    "aid": 255,
    "tna": 128,
    "tv": 100,
    "uid": 255,
    "duid": 128,
    "nuid": 128,
    "tnuid": 128,
    "fp": 128,
    "ua": 1000,
    "url": 10000,
    "page": 2000,
    "refr": 10000,
    "se_ca": 1000,
    "se_ac": 1000,
    "se_la": 4096,
    "se_pr": 1000,
    "lang": 255,
    "cd": 12,
    "tz": 255,
    "cs": 128,
    "tr_id": 255,
    "tr_af": 255,
    "tr_ci": 255,
    "tr_st": 255,
    "tr_co": 255,
    "tr_cu": 3,
    "ti_id": 255,
    "ti_sk": 255,
    "ti_nm": 255,
    "ti_na": 255,
    "ti_ca": 255,
    "ti_cu": 3,
}
"""Longest text of a field, in UTF-16 code units as the JVM counts."""
MAX_IP = 128
URL_PART_LENGTHS = {"scheme": 16, "host": 255, "path": 3000, "query": 6000, "fragment": 3000}
REFR_PART_LENGTHS = {"scheme": 16, "host": 255, "path": 6000, "query": 6000, "fragment": 3000}

TIMES = ("dtm", "stm", "ttm")
UUIDS = ("eid", "sid")
INTEGERS = ("vid", "tid", "pp_mix", "pp_max", "pp_miy", "pp_may", "ti_qu")
DECIMALS = ("se_va", "tr_tt", "tr_tx", "tr_sh", "ti_pr")
BOOLEANS = ("f_pdf", "f_qt", "f_realp", "f_wma", "f_dir", "f_fla", "f_java", "f_gears", "f_ag", "cookie")
DIMENSIONS = ("res", "vp", "ds")
FIRST_MS = -62_167_219_200_000
"""First millisecond of the year 0."""
LAST_MS = 253_402_300_799_999
"""Last millisecond of the year 9999."""
