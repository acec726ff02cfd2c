#!/bin/sh
# Poetry 2.1.4 does not lock a project (PEP 621) in which one extra takes in another one of the same
# project, as `all = ["shop[images]"]` does: it says that the project depends on itself. pip and uv
# take it. Prints "unchanged" while this is so, and fails when it is not.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check poetry==2.1.4 uv==0.9.8
mkdir "$work/shop"
cd "$work/shop"
cat > pyproject.toml <<'TOML'
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11,<4"
dependencies = []

[project.optional-dependencies]
images = ["markdown>=3"]
all = ["shop[images]"]
TOML
"$work/venv/bin/uv" lock -q
echo "uv 0.9.8: locked"
export POETRY_CACHE_DIR="$work/cache"
if said=$("$work/venv/bin/poetry" lock -n --no-ansi 2>&1); then
  echo "changed: Poetry locked it"
  exit 1
fi
echo "$said" | tail -n 1
case $said in
  *"is listed as a dependency of itself"*) echo unchanged ;;
  *) echo "changed: another message"; exit 1 ;;
esac
