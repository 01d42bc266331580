#!/usr/bin/env bash
# Builds dist/berth: one program with everything in it. Quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/build-native.sh
inputs() { find src package.json package-lock.json dist/native scripts/build.sh -type f -newer dist/berth ! -name '*.test.ts' -print -quit; }
[ -e dist/berth ] && [ -z "$(inputs)" ] && exit 0

commit=$(git rev-parse --short HEAD 2>/dev/null || true)
[ -z "$commit" ] || git diff --quiet HEAD -- src package.json 2>/dev/null || commit=$commit-changed
workers=$(find src -name 'worker.ts' -path 'src/host/*' | sort)
target=dist/berth.$$
trap 'rm -f "$target"' EXIT
# Bun's programs read bunfig.toml (whose `preload` is code) and .env from the directory they are started in, unless told not to.
closed="--no-compile-autoload-bunfig --no-compile-autoload-dotenv --no-compile-autoload-tsconfig --no-compile-autoload-package-json"
# shellcheck disable=SC2086
bash scripts/bun.sh build --compile $closed --minify --bytecode --format=esm --splitting --root src \
  --define process.env.BERTH_BUILD="\"${commit:-dev}\"" --define BERTH_COMMIT="\"$commit\"" --define BERTH_BUILT_AT="\"$(date -u +%Y-%m-%dT%H:%M:%S.000000000+00:00)\"" \
  --outfile "$target" src/main.ts $workers \
  >dist/build.log 2>&1 || { cat dist/build.log >&2; exit 1; }
mv "$target" dist/berth
