#!/usr/bin/env bash
# Runs the Bun that package.json pins, from the npm package of this processor.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $(uname -m) in aarch64) arch=aarch64 ;; *) arch=x64 ;; esac
exec "$root/node_modules/@oven/bun-linux-$arch/bin/bun" "$@"
