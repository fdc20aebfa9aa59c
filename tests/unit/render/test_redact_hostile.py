"""Redaction against the forms in which logs really hold such things: encoded, in other scripts, with other marks."""

from __future__ import annotations

import time

import pytest

from logsource.config.filters import DETECTORS, RedactConfig
from logsource.render.filters.redact import Redactor


def redact(text, *patterns):
    return Redactor(RedactConfig(patterns=list(patterns)))(text)


LONG = "https%3A%2F%2Fexample.com%2Flogin%3Fnext%3D%2Faccount%2Foverview%2Fof%2Fall%2Forders%26email%3D"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to o'brien@example.com, 'bob@example.com'", "to ***, '***'"),
        ("jörg@exämple.de 用户@例え.jp bob@xn--exmple-cua.xn--p1ai", "*** *** ***"),
        ('"john doe"@example.com bob@[192.0.2.1]', "*** ***"),
        ("bob\u200b@exam\u00adple.com bob\uff20example.com", "*** ***"),
        ("bob%2Btag%40example%2Ecom&x=1", "***&x=1"),
        (f"/go?to={LONG}bob%40example.com%26x%3D1", f"/go?to={LONG}***%26x%3D1"),
        ("%22bob%2540example.com%22", "%22***%22"),
        (r"{\"mail\":\"bob\u0040example.com\"}", r"{\"mail\":\"***\"}"),
        ("a" * 90 + "@example.com", "a" * 26 + "***"),
        (
            "user@localhost @example.com a@b %3D@example.com",
            "user@localhost @example.com a@b %3D@example.com",
        ),
    ],
)
def test_addresses_of_mail(text, expected):
    assert redact(text, "email") == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("ipv4", "010.001.002.003 192%2E0%2E2%2E1 %22192.0.2.1%22", "*** *** %22***%22"),
        ("ipv6", "ip:2001:db8::1 from fe80::1. src=2001:db8::1: next", "ip:*** from ***. src=***: next"),
        ("ipv6", "?a=2001%3Adb8%3A%3A1&b=%5B2001:db8::1%5D", "?a=***&b=%5B***%5D"),
        ("ipv6", "std::vector Foo::bar 12:34:56 00:1a:2b:3c:4d:5e", "std::vector Foo::bar 12:34:56 00:1a:2b:3c:4d:5e"),
        ("card", "4111.1111.1111.1111 4111/1111/1111/1111 4111_1111_1111_1111", "*** *** ***"),
        ("card", "4111%201111%201111%201111 4111+1111+1111+1111 4111  1111  1111  1111", "*** *** ***"),
        ("card", "4111\u00a01111\u00a01111\u00a01111, 4111\u20111111\u20111111\u20111111", "***, ***"),
        ("card", "４１１１１１１１１１１１１１１１", "***"),
        ("card", "%22pan%22%3A%224111111111111111%22", "%22pan%22%3A%22***%22"),
        ("card", "build 2026.03.09.1412 at 10.20.30.40", "build 2026.03.09.1412 at 10.20.30.40"),
        ("iban", "de89370400440532013000 DE89-3704-0044-0532-0130-00 AB12 GB82 WEST 1234 5698 7654 32 paid", "*** *** AB12 *** paid"),
        ("iban", "DE89%203704%200044%200532%200130%2000&x=1", "***&x=1"),
        ("iban", "commit ab12cd34ef56ab78cd90ab12", "commit ab12cd34ef56ab78cd90ab12"),
        ("jwt", "%22eyJhbGciOiJI%2EeyJzdWIiOiIx%2Ec2ln%22", "%22***%22"),
    ],
)  # fmt: skip
def test_addresses_and_numbers(kind, text, expected):
    assert redact(text, kind) == expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("token", '"authorization":"Bearer abc123def456"', '"authorization":"Bearer ***"'),
        ("token", "authorization=Basic%20dXNlcjpwYXNz&x", "authorization=Basic%20***&x"),
        ("token", "X-Api-Key: abcdef123456, secret_key=wJalrXUtnFEMI/K7MDENG", "X-Api-Key: ***, secret_key=***"),
        ("token", "github_pat_11ABCDEFG0abcdefghij npm_abcdefghijklmnop0123", "*** ***"),
        ("token", "exit code=137 key=left primary_key: 17", "exit code=137 key=left primary_key: 17"),
        ("url_secret", "/a?auth_token=s1&x-api-key=s2&refresh%5Ftoken=s3#access_token=s4", "/a?auth_token=***&x-api-key=***&refresh%5Ftoken=***#access_token=***"),
        ("url_secret", "/a;jsessionid=s1?user[password]=s2&user%5Bpwd%5D=s3&otp=4", "/a;jsessionid=***?user[password]=***&user%5Bpwd%5D=***&otp=***"),
        ("url_secret", "/go?to=https%3A%2F%2Fx%2F%3Ftoken%3Ds1%26a%3Db", "/go?to=https%3A%2F%2Fx%2F%3Ftoken%3D***%26a%3Db"),
        ("url_secret", "code=s1&state=2", "code=***&state=2"),
        ("url_secret", "postgresql://u:p@ss@db/x redis://:pw@h:6379/0", "postgresql://u:***@db/x redis://:***@h:6379/0"),
        ("url_secret", "http://h:80?u=a@b exit code=137 /l?sort_key=name&zip_code=1", "http://h:80?u=a@b exit code=137 /l?sort_key=name&zip_code=1"),
    ],
)  # fmt: skip
def test_secrets(kind, text, expected):
    assert redact(text, kind) == expected


@pytest.mark.parametrize(
    "text",
    ["a" * 20_000 + "@", "a@" + "b." * 10_000, "%41" * 7_000 + "@x", ":" * 20_000, "ab:" * 7_000, "_" * 20_000 + ":",
     "zz:" * 7_000, "4 " * 10_000, "DE89 " * 4_000, "&a.b.c.d_e-f" * 2_000, "token_" * 4_000 + "=", "a[" * 9_000, '"' * 20_000 + "@"],
    ids=lambda text: f"{text[:6]}…{len(text)}",
)  # fmt: skip
def test_no_text_takes_long(text):
    began = time.process_time()
    for kind in DETECTORS:
        redact(text, kind)
    assert time.process_time() - began < 3  # a quarter of a second here; quadratic ways take minutes
