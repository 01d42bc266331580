#!/usr/bin/env bash
# Compiles the C programs that the berth binary carries: one for each folder below src/host that holds .c files,
# to dist/native/berth-<folder>. Quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p dist/native
for folder in src/host/*/; do
  folder=${folder%/}
  ls "$folder"/*.c >/dev/null 2>&1 || continue
  program=dist/native/berth-$(basename "$folder")
  [ -e "$program" ] && [ -z "$(find "$folder" scripts/build-native.sh -name '*.[ch]' -newer "$program" -o -name '*.sh' -newer "$program")" ] && continue
  cc -std=gnu11 -O2 -static -Wall -Wextra -Werror -Wl,--gc-sections -ffunction-sections -fdata-sections -s \
    -o "$program.$$" "$folder"/*.c
  mv "$program.$$" "$program"
done
