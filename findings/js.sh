#!/bin/sh
# No one place sets the version of a package for all versions of pnpm in use. pnpm 9 reads overrides
# in package.json ("pnpm": { "overrides" }) and ignores those of pnpm-workspace.yaml without a word;
# pnpm 11 reads only pnpm-workspace.yaml and ignores package.json, with a warning; pnpm 10 reads
# both. All of them write lockfileVersion 9.0. So a repository that is fixed by an override loses the
# fix when its pnpm is upgraded, or never had it. Tried with 9.15.9, 10.34.9 and 11.28.11; needs npm
# and Node.js 22 or later.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
locked() { # VERSION: what ms, which debug 4.3.4 needs as 2.1.2, is locked to
  rm -f pnpm-lock.yaml
  "./$1/node_modules/.bin/pnpm" install --lockfile-only >log 2>&1
  grep -q "^lockfileVersion: '9.0'" pnpm-lock.yaml
  sed -n 's/^  ms@\(.*\):.*/\1/p' pnpm-lock.yaml | head -n 1
}
expect() { # VERSION PLACE WANTED
  found=$(locked "$1")
  echo "pnpm $1, override in $2: ms $found"
  test "$found" = "$3"
}
for version in 9.15.9 10.34.9 11.28.11; do
  npm install --silent --no-audit --no-fund --prefix "$version" "pnpm@$version" >/dev/null
done
echo '{"dependencies":{"debug":"4.3.4"},"pnpm":{"overrides":{"ms":"2.1.1"}}}' >package.json
expect 9.15.9 package.json 2.1.1
expect 10.34.9 package.json 2.1.1
expect 11.28.11 package.json 2.1.2
echo '{"dependencies":{"debug":"4.3.4"}}' >package.json
printf 'packages: []\noverrides:\n  ms: 2.1.1\n' >pnpm-workspace.yaml
expect 9.15.9 pnpm-workspace.yaml 2.1.2
expect 10.34.9 pnpm-workspace.yaml 2.1.1
expect 11.28.11 pnpm-workspace.yaml 2.1.1
