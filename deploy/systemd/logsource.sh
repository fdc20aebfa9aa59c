#!/bin/sh
# Install as /usr/local/bin/logsource, mode 0755: the command as the service runs it, with its user, groups, configuration
# and secrets. Without them `check` would judge with other permissions, and `status` could not read the configuration.
set -eu
environment=/etc/logsource/environment
if [ "$(id -u)" -ne 0 ]; then
    echo "logsource: run it as root (sudo logsource ...): it reads $environment and becomes the user logsource" >&2
    exit 2
fi
if [ -e "$environment" ]; then
    set -a
    . "$environment"
    set +a
fi
export LOGSOURCE_CONFIG="${LOGSOURCE_CONFIG:-/etc/logsource/logsource.yaml}"
exec setpriv --reuid=logsource --regid=logsource --init-groups /opt/logsource/bin/logsource "$@"
