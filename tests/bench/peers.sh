#!/bin/sh
# Unpack the peers of the benchmark (rsyslog with omelasticsearch, syslog-ng with http) into a folder.
#
# Unpacked, not installed: Debian allows only one of the two on a machine, and installing either starts a
# system log daemon. Whatever this cannot get, the benchmark says and goes on without. No root is needed
# when the package lists are there.
set -eu
into=${1:?usage: peers.sh FOLDER}

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    echo "peers.sh: no apt-get here, so rsyslog and syslog-ng are left out. Any that are installed are used." >&2
    exit 0
fi
mkdir -p "$into/packages"
cd "$into/packages"
apt-get update -qq || echo "peers.sh: the package lists could not be refreshed; using what is there" >&2

for wanted in "rsyslog rsyslog-elasticsearch" "syslog-ng-core syslog-ng-mod-http"; do
    # What an installation would add; what it would remove does not matter, because nothing is installed.
    # shellcheck disable=SC2086
    if ! plan=$(apt-get -s install --no-install-recommends $wanted 2>&1); then
        echo "peers.sh: cannot get $wanted: $(echo "$plan" | tail -1)" >&2
        continue
    fi
    missing=$(echo "$plan" | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
    [ -n "$missing" ] || continue
    # shellcheck disable=SC2086
    if ! apt-get download -qq $missing; then
        echo "peers.sh: downloading $wanted failed; the benchmark goes on without it" >&2
    fi
done
for package in *.deb; do
    [ -e "$package" ] && dpkg -x "$package" "$into"
done
rm -rf "$into/packages"
