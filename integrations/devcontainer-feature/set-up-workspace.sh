#!/bin/sh
# Run in the workspace by its user, once, after the container was made. What cannot be set up is said
# and stops no container: the gates refuse what is not signed.
set -eu
share=$(dirname "$0")
option() { cat "$share/options/$1"; }
waybill() { "$share/../../bin/waybill" "$@"; }
say() { printf 'waybill: %s\n' "$1" >&2; }

if ! git rev-parse --show-toplevel > /dev/null 2>&1; then
  say 'the workspace is in no git repository: neither hooks nor signing are set up'
  exit 0
fi

config=$(option config)
if [ "$(option hooks)" = true ]; then
  if [ -n "$config" ]; then waybill hook install --config="$config"; else waybill hook install; fi ||
    say 'the hooks are not installed'
fi

[ "$(option signing)" = true ] || exit 0
if [ "$(git config --type=bool commit.gpgSign || true)" = true ]; then
  say 'git signs commits already; its settings are left as they are'
  exit 0
fi
key=$(option signing-key)
if [ -z "$key" ]; then
  first=$(ssh-add -L 2> /dev/null | head -n 1) || first=
  case $first in
    ssh-* | sk-* | ecdsa-*) ;;
    *)
      say 'commits are not signed: the SSH agent has no key (ssh-add), and signingKey names none'
      exit 0
      ;;
  esac
  key="$HOME/.ssh/waybill-signing.pub"
  mkdir -p "$HOME/.ssh"
  chmod 700 "$HOME/.ssh"
  printf '%s\n' "$first" > "$key"
fi
waybill commit setup --key="$key" || say 'signing of commits is not set up'
