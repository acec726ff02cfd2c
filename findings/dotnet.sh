#!/bin/sh
# A lock of NuGet in its newest form gives an SBOM without any package, and no word of it. NuGet
# writes packages.lock.json in version 1, in version 2 with central package management, and in
# version 3 where a project has an alias for a framework (NuGet.ProjectModel, PackagesLockFileFormat):
# its targets are then members of the root, and `dependencies` is below each. cdxgen 12.8.4 lists
# two packages of a lock of version 2, with the project beside them as a third one without a version,
# and of the same lock in version 3 nothing, with exit code 0. Who sees an empty list takes it for a
# project without dependencies. Needs npm.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @cyclonedx/cdxgen@12.8.4 >/dev/null 2>&1
node - <<'JS'
const { mkdirSync, writeFileSync } = require('node:fs');
const contentHash = Buffer.alloc(64, 7).toString('base64');
const dependencies = {
  A: {
    type: 'Direct', requested: '[1.0.0, )', resolved: '1.0.0', contentHash,
    dependencies: { B: '2.0.0' },
  },
  B: { type: 'Transitive', resolved: '2.0.0', contentHash },
  'shop.core': { type: 'Project' },
};
const write = (folder, lock) => {
  mkdirSync(folder);
  writeFileSync(`${folder}/packages.lock.json`, JSON.stringify(lock, null, 2));
};
write('two', { version: 2, dependencies: { 'net10.0': dependencies } });
write('three', { version: 3, app: { framework: 'net10.0', dependencies } });
JS
list() {
  ./node_modules/.bin/cdxgen -t dotnet --no-install-deps -o "$1.json" "$1" >/dev/null 2>&1
  node -p "require('./$1.json').components.map(({ purl }) => purl).sort().join(' ')"
}
two=$(list two)
three=$(list three)
echo "version 2: $two"
echo "version 3: $three"
test "$two" = 'pkg:nuget/A@1.0.0 pkg:nuget/B@2.0.0 pkg:nuget/shop.core'
test "$three" = ''
