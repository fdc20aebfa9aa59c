"""The canonical event: the names that enrich gives to what came under the protocol's short ones.

No enrichment is configured here, so fields that only enrichments fill are null, as in Snowplow Micro
without any.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from logsource import __version__
from logsource.event.iglu import parse_uri
from logsource.web.collector import uri
from logsource.web.collector.fields import first_ip
from logsource.web.collector.jsonfield import BadField, load_field
from logsource.web.collector.protocol import EVENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.model import JSONValue
    from logsource.web.collector.memory import Kept

_FIELDS = """
    app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker
    v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx
    network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name
    ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme
    page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme refr_urlhost
    refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium
    mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label se_property
    se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state
    tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max
    pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang
    br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
    br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies
    br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type
    dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency
    tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone
    mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp
    derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format event_version
    event_fingerprint true_tstamp
"""
_EMPTY: dict[str, JSONValue] = dict.fromkeys(_FIELDS.split())

_TEXTS = {
    "aid": "app_id",
    "p": "platform",
    "tid": "txn_id",
    "uid": "user_id",
    "duid": "domain_userid",
    "ua": "useragent",
    "fp": "user_fingerprint",
    "sid": "domain_sessionid",
    "tna": "name_tracker",
    "tv": "v_tracker",
    "lang": "br_lang",
    "cd": "br_colordepth",
    "tz": "os_timezone",
    "refr": "page_referrer",
    "url": "page_url",
    "page": "page_title",
    "cs": "doc_charset",
    "se_ca": "se_category",
    "se_ac": "se_action",
    "se_la": "se_label",
    "se_pr": "se_property",
    "tr_id": "tr_orderid",
    "tr_af": "tr_affiliation",
    "tr_ci": "tr_city",
    "tr_st": "tr_state",
    "tr_co": "tr_country",
    "tr_cu": "tr_currency",
    "ti_id": "ti_orderid",
    "ti_sk": "ti_sku",
    "ti_na": "ti_name",
    "ti_nm": "ti_name",
    "ti_ca": "ti_category",
    "ti_cu": "ti_currency",
}
_INTEGERS = {
    "vid": "domain_sessionidx",
    "ti_qu": "ti_quantity",
    "pp_mix": "pp_xoffset_min",
    "pp_max": "pp_xoffset_max",
    "pp_miy": "pp_yoffset_min",
    "pp_may": "pp_yoffset_max",
}
_DECIMALS = {
    "se_va": "se_value",
    "tr_tt": "tr_total",
    "tr_tx": "tr_tax",
    "tr_sh": "tr_shipping",
    "ti_pr": "ti_price",
}
_BOOLEANS = {
    "f_pdf": "br_features_pdf",
    "f_fla": "br_features_flash",
    "f_java": "br_features_java",
    "f_dir": "br_features_director",
    "f_qt": "br_features_quicktime",
    "f_realp": "br_features_realplayer",
    "f_wma": "br_features_windowsmedia",
    "f_gears": "br_features_gears",
    "f_ag": "br_features_silverlight",
    "cookie": "br_cookies",
}
_DIMENSIONS = {
    "res": ("dvce_screenwidth", "dvce_screenheight"),
    "vp": ("br_viewwidth", "br_viewheight"),
    "ds": ("doc_width", "doc_height"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(ms: int) -> str:
    """`2026-01-02T03:04:05.678Z`. Python has no year 0; it is shown as the start of the year 1."""
    try:
        instant = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        instant = datetime.min.replace(tzinfo=UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{instant.microsecond // 1000:03d}Z"


def enriched(event: Kept) -> dict[str, JSONValue]:
    """The canonical event of a good event."""
    assert event.params is not None
    params, request = event.params, event.request
    fields: dict[str, JSONValue] = dict(_EMPTY)
    received = request.received_ms
    _simple(params, fields)
    fields["event"] = EVENT_NAMES[params["e"]]
    fields["event_id"] = event.event_id
    fields["etl_tstamp"] = fields["collector_tstamp"] = timestamp(received)
    fields["v_collector"] = f"logsource-{__version__}"
    fields["v_etl"] = f"logsource-{__version__}"
    fields["user_ipaddress"] = first_ip(params["ip"]) if "ip" in params else request.address
    fields["network_userid"] = params.get("tnuid") or params.get("nuid") or request.network_userid
    fields["useragent"] = params.get("ua") or request.headers.get("user-agent")
    _times(params, fields, received)
    for key, prefix in (("url", "page"), ("refr", "refr")):
        parsed = uri.parse(params.get(key, ""))
        if params.get(key) and isinstance(parsed, uri.Uri):
            fields |= {f"{prefix}_url{part}": value for part, value in parsed._asdict().items()}
    fields |= payloads(params)
    fields["derived_contexts"] = {}
    name = parse_uri(event.verdict.schema or "")
    if name is not None:
        fields["event_vendor"] = name.vendor
        fields["event_name"] = name.name
        fields["event_format"] = name.format
        fields["event_version"] = name.version
    return fields


def payloads(params: Mapping[str, str]) -> dict[str, Any]:
    """`unstruct_event` and `contexts` of an event, as they were sent; `{}` for what it has not.

    Of a bad event, they may be any JSON; what is no JSON at all counts as not there.
    """
    unstruct = [value for key in ("ue_pr", "ue_px") if (value := _json(key, params)) is not None]
    contexts = [value for key in ("co", "cx") if (value := _json(key, params)) is not None]
    return {"unstruct_event": unstruct[0] if unstruct else {}, "contexts": _merged(contexts)}


def _json(key: str, params: Mapping[str, str]) -> JSONValue:
    try:
        return load_field(key, params[key]) if key in params else None
    except BadField:
        return None


def _merged(contexts: list[JSONValue]) -> JSONValue:
    """One wrapper around the entities of `co` and `cx`."""
    if len(contexts) < 2:
        return contexts[0] if contexts else {}
    entities: list[JSONValue] = []
    for wrapper in contexts:
        found = wrapper.get("data") if isinstance(wrapper, dict) else None
        if not isinstance(found, list):
            return contexts[0]
        entities += found
    return {**contexts[0], "data": entities}


def _simple(params: Mapping[str, str], fields: dict[str, JSONValue]) -> None:
    for key, value in params.items():
        if value == "":
            continue
        if key in _TEXTS:
            fields[_TEXTS[key]] = value
        elif key in _BOOLEANS:
            fields[_BOOLEANS[key]] = value == "1"
        elif key in _DIMENSIONS:
            width, height = value.split("x")
            names = _DIMENSIONS[key]
            fields[names[0]], fields[names[1]] = int(width), int(height)
        elif value != "null" and key in _INTEGERS:
            fields[_INTEGERS[key]] = int(value)
        elif value != "null" and key in _DECIMALS:
            fields[_DECIMALS[key]] = float(value)


def _times(params: Mapping[str, str], fields: dict[str, JSONValue], received: int) -> None:
    created, sent, true = (int(params[key]) if key in params else None for key in ("dtm", "stm", "ttm"))
    derived = received
    if true is not None:
        fields["true_tstamp"] = timestamp(true)
        derived = true
    elif created is not None and sent is not None and created < sent:
        # The device's clock may be wrong; the time between creation and sending is not.
        derived = received - (sent - created)
    if created is not None:
        fields["dvce_created_tstamp"] = timestamp(created)
    if sent is not None:
        fields["dvce_sent_tstamp"] = timestamp(sent)
    fields["derived_tstamp"] = timestamp(derived)
