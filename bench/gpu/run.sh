#!/bin/sh
# The GPU bench on a machine that has nothing: from the folder that `bench/gpu/pack.ts --bare` made, wherever it lies.
#     sh .gpu/run.sh [--minutes 6] [--json FILE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! ldconfig -p | grep -q libvulkan && ls "$here"/*.deb >/dev/null 2>&1; then
  for package in "$here"/*.deb; do dpkg -x "$package" /; done
  ldconfig
fi
# Drivers of NVIDIA in containers lie where no loader looks.
driver=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -f "$driver" ] && [ -z "${VK_DRIVER_FILES:-}" ]; then export VK_DRIVER_FILES="$driver"; fi
unpack() {
  if command -v xz >/dev/null; then xz -dc "$1.xz" >"$1"
  else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1] + ".xz"), open(sys.argv[1], "wb"))' "$1"
  fi
}
runtime="$here/ort-wasm-simd-threaded.wasm"
[ -f "$runtime" ] || unpack "$runtime"
deno=$(command -v deno || true)
if [ -z "$deno" ]; then
  deno="$here/deno"
  [ -f "$deno" ] || unpack "$deno"
  chmod +x "$deno"
fi
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}"
exec "$deno" run -A --no-lock --no-config --no-npm "$here/mod.js" "$@"
