#!/bin/sh
# The rpm of Debian keeps its database in the home folder of whoever runs it: what root installs with
# `rpm -i` on such a system is recorded in ~/.rpmdb, and in none of the places where readers of root
# file systems look (var/lib/rpm, usr/lib/sysimage/rpm, usr/share/rpm). So the packages are installed
# system-wide, and absent from an inventory. rpm 4.18.0+dfsg-1+deb12u1 of Debian 12, taken into a
# temporary folder; needs Debian 12 for apt-get and for what rpm is linked with.
set -eu
version=4.18.0+dfsg-1+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for name in rpm rpm-common librpm9 librpmio9 librpmbuild9 librpmsign9; do
  apt-get -q download "$name=$version" >/dev/null 2>&1
done
for package in *.deb; do dpkg -x "$package" tools; done
export RPM_CONFIGDIR="$folder/tools/usr/lib/rpm"
LD_LIBRARY_PATH=$(dirname "$(find "$folder/tools" -name librpm.so.9)")
export LD_LIBRARY_PATH
PATH=$folder/tools/usr/bin:$PATH
rpm --version
said=$(HOME=/srv/shop rpm --eval '%_dbpath')
echo "database: $said"
test "$said" = /srv/shop/.rpmdb
cat > a.spec <<'SPEC'
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
rpmbuild -bb --quiet --define "_topdir $folder/build" a.spec
mkdir root
HOME=/srv/shop rpm --root "$folder/root" -i --nodeps --force-debian build/RPMS/noarch/a-1-1.noarch.rpm
found=$(cd root && find . -name 'rpmdb.sqlite')
echo "written: $found"
test "$found" = ./srv/shop/.rpmdb/rpmdb.sqlite
