#!/usr/bin/env bash
# Everything that the project tests. Sets up what is missing, builds the binary, and ends in `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
bash scripts/build.sh
exec bash scripts/bun.sh scripts/test.ts "$@"
