#!/bin/sh
# go mod vendor copies all files of a package's folder, not only code: the files for CI services of
# a module stand in the repository of whoever vendors it. Its own go.mod and go.sum do not (since Go
# 1.17), nor do its tests. Who names what a tree builds with by the names of files finds pipelines
# there that nobody runs. Needs go (tried with 1.26).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module example.com/app\n\ngo 1.22\n\nrequire github.com/sirupsen/logrus v1.9.3\n' >go.mod
printf 'package main\n\nimport _ "github.com/sirupsen/logrus"\n\nfunc main() {}\n' >main.go
go mod tidy 2>/dev/null
go mod vendor 2>/dev/null
go version
cd vendor/github.com/sirupsen/logrus
ls -A
test -f .travis.yml
test -f appveyor.yml
test ! -e go.mod
test ! -e logrus_test.go
