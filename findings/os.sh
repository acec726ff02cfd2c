#!/bin/sh
# The rpm of Debian and Ubuntu keeps its database in the home folder of whoever runs it: what root
# installs with `rpm -i` on such a system is recorded in ~/.rpmdb, and in none of the places
# where readers of root file systems look (var/lib/rpm, usr/lib/sysimage/rpm, usr/share/rpm). So
# the packages are installed system-wide, and absent from an inventory. Needs rpm of Debian (tried
# with 4.18.0); it makes one package in a temporary folder and installs it below another one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rpm --version
said=$(HOME=/srv/shop rpm --eval '%_dbpath')
echo "database: $said"
test "$said" = /srv/shop/.rpmdb
cat > "$folder/a.spec" <<'SPEC'
Name: a
Version: 1
Release: 1
Summary: x
License: MIT
BuildArch: noarch
%description
x
%files
SPEC
rpmbuild -bb --quiet --define "_topdir $folder/build" "$folder/a.spec"
mkdir -p "$folder/root"
built="$folder/build/RPMS/noarch/a-1-1.noarch.rpm"
HOME=/root rpm --root "$folder/root" -i --nodeps --force-debian "$built"
found=$(cd "$folder/root" && find . -name 'rpmdb.sqlite')
echo "written: $found"
test "$found" = .~/.rpmdb/rpmdb.sqlite
