#!/bin/sh
# Run as root while the container's image is built (containers.dev, implementors/features).
# The options are in variables of their names in capitals.
set -eu
share="${WAYBILL_PREFIX:-/usr/local}/share/waybill"
bin="${WAYBILL_PREFIX:-/usr/local}/bin"

node=$(command -v node || true)
if [ -z "$node" ] ||
  ! "$node" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 24 || (a == 24 && b >= 15) ? 0 : 1)'; then
  echo 'Waybill needs Node.js 24.15 or newer in the image.' >&2
  echo 'fix: add the feature of Node.js with "version": "24" to devcontainer.json.' >&2
  exit 1
fi

rm -rf "$share"
mkdir -p "$share/options" "$bin"
cp -R waybill/. "$share"
cp set-up-workspace.sh "$share/set-up-workspace.sh"
chmod 755 "$share/set-up-workspace.sh"
printf '#!/bin/sh\nexec "%s" "%s/bin/waybill.js" "$@"\n' "$node" "$share" > "$bin/waybill"
chmod 755 "$bin/waybill"

# One value in a file each: nothing of them is ever read as a program.
printf '%s' "${HOOKS:-true}" > "$share/options/hooks"
printf '%s' "${SIGNING:-true}" > "$share/options/signing"
printf '%s' "${SIGNINGKEY:-}" > "$share/options/signing-key"
printf '%s' "${CONFIG:-}" > "$share/options/config"
"$bin/waybill" --version
