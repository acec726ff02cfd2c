#!/usr/bin/env bash
# pkcs11-tool of OpenSC signs with any private key of a token when the key is named by its
# label: `--label` is heeded when an object is read, and not by `--sign`. Version 0.23 also cannot
# read public keys on P-384. Unpacks opensc 0.23.0-0.3+deb12u2 and softhsm2 2.6.1-2.1 of Debian 12
# into a temporary folder; needs Debian 12 for apt-get and for what they are linked with. Ends with 0
# where both are so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in opensc=0.23.0-0.3+deb12u2 opensc-pkcs11=0.23.0-0.3+deb12u2 softhsm2=2.6.1-2.1 libsofthsm2=2.6.1-2.1; do
  apt-get -q download "$package" > log 2>&1 || { cat log; exit 1; }
done
for archive in *.deb; do dpkg-deb -x "$archive" .; done
export PATH="$folder/usr/bin:$PATH" LD_LIBRARY_PATH="$folder/usr/lib/x86_64-linux-gnu"
export SOFTHSM2_CONF="$folder/conf" PIN=98765432
mkdir "$folder/tokens"
echo "directories.tokendir = $folder/tokens" > "$SOFTHSM2_CONF"
softhsm2-util --module "$folder/usr/lib/softhsm/libsofthsm2.so" --init-token --free --label trial --so-pin 1234 --pin "$PIN" > "$folder/log"
tool=(pkcs11-tool --module "$folder/usr/lib/softhsm/libsofthsm2.so" --token-label trial)
"${tool[@]}" --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --label one --id 01 > "$folder/log" 2>&1
"${tool[@]}" --login --pin env:PIN --keypairgen --key-type EC:secp384r1 --label two --id 02 > "$folder/log" 2>&1
head -c 32 /dev/urandom > "$folder/digest"
size() { "${tool[@]}" --login --pin env:PIN --sign --mechanism ECDSA "$@" < "$folder/digest" 2> "$folder/log" | wc -c; }
echo "by id 01: $(size --id 01) bytes; by id 02: $(size --id 02); by label two: $(size --label two); by label absent: $(size --label absent)"
[ "$(size --label absent)" -gt 0 ]
if "${tool[@]}" --read-object --type pubkey --label two -o "$folder/key" 2> "$folder/said"; then exit 1; fi
cat "$folder/said"
