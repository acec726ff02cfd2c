#!/usr/bin/env bash
# pkcs11-tool of OpenSC signs with any private key of a token when the key is named by its
# label: `--label` is heeded when an object is read, and not by `--sign`. Version 0.23 also cannot
# read public keys on P-384. Needs softhsm2 and opensc. Ends with 0 where both are so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SOFTHSM2_CONF="$folder/conf" PIN=98765432
mkdir "$folder/tokens"
echo "directories.tokendir = $folder/tokens" > "$SOFTHSM2_CONF"
softhsm2-util --init-token --free --label trial --so-pin 1234 --pin "$PIN" > "$folder/log"
tool=(pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label trial)
"${tool[@]}" --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label one --id 01 > "$folder/log" 2>&1
"${tool[@]}" --login --pin env:PIN --keypairgen --key-type EC:secp384r1 --label two --id 02 > "$folder/log" 2>&1
head -c 32 /dev/urandom > "$folder/digest"
size() { "${tool[@]}" --login --pin env:PIN --sign --mechanism ECDSA "$@" < "$folder/digest" 2> "$folder/log" | wc -c; }
echo "by id 01: $(size --id 01) bytes; by id 02: $(size --id 02); by label two: $(size --label two); by label absent: $(size --label absent)"
[ "$(size --label absent)" -gt 0 ]
if "${tool[@]}" --read-object --type pubkey --label two -o "$folder/key" 2> "$folder/said"; then exit 1; fi
cat "$folder/said"
