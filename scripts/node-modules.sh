#!/bin/sh
# Node 18 or newer, and the packages of package-lock.json in node_modules; npm runs only when the lock has changed.
set -eu
cd "$(dirname "$0")/.."

scripts/need.sh node=nodejs npm=npm /etc/ssl/certs/ca-certificates.crt=ca-certificates
major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
if [ "$major" -lt 18 ]; then
  echo "node-modules.sh: node $(node --version) is too old, 18 or newer is needed" >&2
  exit 1
fi

installed=node_modules/.weir-lock.json
cmp -s package-lock.json "$installed" && exit 0
npm ci --no-audit --no-fund
cp package-lock.json "$installed"
