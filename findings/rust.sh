#!/bin/sh
# Two parts of one library disagree about whether two versions are the same. In composer/semver,
# Semver::satisfies gives both versions one form first, as Composer itself does: 1.0 is 1.0.0.
# Comparator takes the texts as they are, so that for it 1.0 is lower than 1.0.0, and 1.0 is lower
# than 1.0.0-beta. Who judges "fixed in 1.0.0" with Comparator finds the fixed version 1.0 affected,
# and takes a beta for the later release. Needs php and composer of Debian (tried with Composer
# 2.5.5, whose library is at Composer/Semver in the include path).
set -eu
said=$(php -r '
require "Composer/Semver/autoload.php";
use Composer\Semver\{Comparator, Semver, VersionParser};
$parser = new VersionParser();
[$one, $other] = [$parser->normalize("1.0"), $parser->normalize("1.0.0")];
echo json_encode([
  "satisfies 1.0.0" => Semver::satisfies("1.0", "1.0.0"),
  "one form" => $one === $other,
  "Comparator: equal" => Comparator::equalTo("1.0", "1.0.0"),
  "Comparator: 1.0 < 1.0.0" => Comparator::lessThan("1.0", "1.0.0"),
  "Comparator: 1.0 < 1.0.0-beta" => Comparator::lessThan("1.0", "1.0.0-beta"),
]);')
echo "$said"
test "$said" = '{"satisfies 1.0.0":true,"one form":true,"Comparator: equal":false,"Comparator: 1.0 < 1.0.0":true,"Comparator: 1.0 < 1.0.0-beta":true}'
