#!/bin/sh
# jlink puts the code of libraries into lib/modules, which is one file and no archive. What Maven says
# of a library (META-INF/maven/…/pom.properties) is kept in there too. Outside of it only the file
# `release` names the library, as a module, without a version and without coordinates (MODULES). Who
# looks for jars finds a runtime and none of what runs on it. Needs a JDK (tried with 17).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p src/com.acme.lib/com/acme/lib classes/META-INF/maven/com.acme/lib
printf 'module com.acme.lib { exports com.acme.lib; }\n' >src/com.acme.lib/module-info.java
printf 'package com.acme.lib; public class A {}\n' >src/com.acme.lib/com/acme/lib/A.java
printf 'groupId=com.acme\nartifactId=lib\nversion=1.0\n' >classes/META-INF/maven/com.acme/lib/pom.properties
javac -d classes src/com.acme.lib/module-info.java src/com.acme.lib/com/acme/lib/A.java
jar --create --file lib.jar --module-version 1.0 -C classes .
jlink --module-path lib.jar --add-modules com.acme.lib --output runtime
grep MODULES runtime/release
grep -q 'MODULES=".*com.acme.lib' runtime/release
! grep -q '1\.0"' runtime/release
test -z "$(find runtime -name '*acme*' -o -name '*.jar' ! -name jrt-fs.jar)"
jimage list --include 'regex:/com.acme.lib/.*' runtime/lib/modules | grep -q pom.properties
