#!/usr/bin/env bash
# Installs what is missing on a Debian machine, and the npm packages. Safe to run twice; quick when nothing is missing.
# usage: setup.sh [run|test]     `test` adds the stock clients and servers that the tests talk to
set -euo pipefail
cd "$(dirname "$0")/.."

# program or file that shows that a package is there : the package
wanted='/usr/bin/crun:crun /usr/sbin/runc:runc /usr/sbin/nft:nftables /usr/sbin/ip:iproute2 /bin/busybox:busybox-static
/usr/bin/tini-static:tini /usr/bin/cc:gcc /usr/include/stdio.h:libc6-dev /usr/bin/ps:procps /usr/bin/xz:xz-utils /usr/bin/bzip2:bzip2
/usr/bin/curl:curl /etc/ssl/certs/ca-certificates.crt:ca-certificates'
test_wanted='/usr/bin/docker-registry:docker-registry /usr/bin/skopeo:skopeo /usr/bin/openssl:openssl /usr/bin/htpasswd:apache2-utils
/usr/bin/python3:python3 /usr/bin/nsenter:util-linux /usr/bin/setfattr:attr /usr/sbin/iptables-nft:iptables /usr/bin/zstd:zstd
/usr/bin/ss:iproute2 /usr/bin/setpriv:util-linux /usr/sbin/sshd:openssh-server /usr/bin/ssh:openssh-client
/usr/bin/docker-compose:docker-compose'
[ "${1:-run}" = test ] && wanted="$wanted $test_wanted"
# no stock docker CLI at all: Debian's, without starting its daemon
[ "${1:-run}" = test ] && ! command -v docker >/dev/null && wanted="$wanted /usr/bin/docker:docker.io"

missing=()
for pair in $wanted; do
  [ -e "${pair%%:*}" ] || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "setup: these packages are missing, and installing them needs root: ${missing[*]}" >&2; exit 1; }
  command -v apt-get >/dev/null || { echo "setup: please install these: ${missing[*]}" >&2; exit 1; }
  echo "setup: installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  installed() { apt-get install -y -qq --no-install-recommends "${missing[@]}" >/tmp/berth-setup.log 2>&1; }
  installed || { apt-get update -qq >/dev/null 2>&1 && installed; } || { cat /tmp/berth-setup.log >&2; exit 1; }
  rm -f /tmp/berth-setup.log
fi

stamp=node_modules/.package-lock.json
if [ ! -e "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  echo 'setup: installing npm packages' >&2
# `npm ci` refuses a lock file without the packages of other platforms, which some registries do not have
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  touch "$stamp"
fi
