#!/bin/sh
# An archive may call itself otherwise than the repository that it came from. The JDBC driver of SQL
# Server is published as 12.10.0.jre11 and 12.10.0.jre8, and both archives say version=12.10.0 in
# pom.properties: who lists packages by that file cannot tell the two apart, and names a version
# that no repository has. Maven orders 12.10.0 before 12.10.0.jre11, so "fixed in 12.10.0.jre11"
# looks unfixed. Needs mvn (tried with 3.8.7) and unzip, or jar of a JDK.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
copy=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy
for version in 12.10.0.jre8 12.10.0.jre11; do
  mvn -q -B "$copy" -Dartifact="com.microsoft.sqlserver:mssql-jdbc:$version" -DoutputDirectory=.
  said=$(unzip -p "mssql-jdbc-$version.jar" META-INF/maven/com.microsoft.sqlserver/mssql-jdbc/pom.properties |
    tr -d '\r' | sed -n 's/^version=//p')
  echo "mssql-jdbc $version calls itself $said"
  test "$said" = 12.10.0
done
