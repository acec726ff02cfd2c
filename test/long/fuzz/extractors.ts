import { ECOSYSTEMS, type Extractor } from '../../../src/capabilities/ecosystems/index.ts';
import { packGoProgram } from '../../support/go-program.ts';
import { packAssembly, packSingleFile } from '../../support/pack-dotnet.ts';
import { packHive } from '../../support/pack-hive.ts';
import {
  COPYRIGHT,
  DOCKERFILE,
  DPKG_STATUS,
  GO_BUILD,
  GO_MOD,
  GO_SUM,
  GO_VENDOR,
  GO_WORK,
  NPM_LOCK,
  NPMRC,
  OLD_NPM_LOCK,
  PACKAGE_JSON,
} from './documents.ts';
import {
  CSPROJ,
  DEPS_JSON,
  DOTNET_TOOLS,
  NUGET_ASSETS,
  NUGET_CONFIG,
  NUGET_LOCK,
  NUSPEC,
  PACKAGES_CONFIG,
  PAKET_LOCK,
  WINGET_DSC,
  WINGET_EXPORT,
  WINGET_MANIFEST,
} from './documents-dotnet.ts';
import { ZIP } from './rows-formats.ts';
import { encodeSamples, type Form, type Target } from './target.ts';

interface Input {
  readonly path: string;
  readonly form: Form;
  readonly samples: readonly (string | Uint8Array | object)[];
}

/** What each reader of the table of ecosystems is given: a new one fails until it is named here. */
const GIVEN: Readonly<Record<string, Input>> = {
  'os-release': {
    path: 'etc/os-release',
    form: 'text',
    samples: ['ID=debian\nVERSION_ID="12"\nPRETTY_NAME=\'Debian\\ 12\'\n'],
  },
  dpkg: { path: 'var/lib/dpkg/status', form: 'text', samples: [DPKG_STATUS] },
  'dpkg-copyright': { path: 'usr/share/doc/libc6/copyright', form: 'text', samples: [COPYRIGHT] },
  'dpkg-files': {
    path: 'var/lib/dpkg/info/libc6:amd64.md5sums',
    form: 'text',
    samples: [`${'a'.repeat(32)}  usr/bin/x\n`],
  },
  'java-archive': { path: 'app/a-1.0.jar', form: 'zip', samples: [ZIP] },
  'node-modules': {
    path: 'app/node_modules/@x/a/package.json',
    form: 'json',
    samples: [PACKAGE_JSON],
  },
  'npm-lock': { path: 'package-lock.json', form: 'json', samples: [NPM_LOCK, OLD_NPM_LOCK] },
  'npm-manifest': { path: 'package.json', form: 'json', samples: [PACKAGE_JSON] },
  npmrc: { path: '.npmrc', form: 'text', samples: NPMRC },
  'nuget-lock': { path: 'packages.lock.json', form: 'json', samples: [NUGET_LOCK] },
  'nuget-assets': { path: 'obj/project.assets.json', form: 'json', samples: [NUGET_ASSETS] },
  'nuget-deps': { path: 'app/Shop.deps.json', form: 'json', samples: [DEPS_JSON] },
  'dotnet-program': {
    path: 'app/shop',
    form: 'bytes',
    samples: [
      packSingleFile(JSON.stringify(DEPS_JSON)),
      packAssembly({ ProductName: 'Shop', ProductVersion: '1.0' }),
    ],
  },
  'nuget-packages-config': { path: 'packages.config', form: 'text', samples: [PACKAGES_CONFIG] },
  msbuild: { path: 'Shop.csproj', form: 'text', samples: [CSPROJ] },
  'nuget-tools': { path: 'dotnet-tools.json', form: 'json', samples: [DOTNET_TOOLS] },
  'nuget-packages': { path: 'p/a/1.0.0/a.nuspec', form: 'text', samples: [NUSPEC] },
  'paket-lock': { path: 'paket.lock', form: 'text', samples: [PAKET_LOCK] },
  'paket-manifest': { path: 'paket.dependencies', form: 'text', samples: ['nuget A >= 1.0\n'] },
  'winget-list': { path: 'winget.json', form: 'json', samples: [WINGET_EXPORT] },
  'winget-configuration': { path: 'dev.dsc.yaml', form: 'text', samples: [WINGET_DSC] },
  'windows-registry': {
    path: 'Files/Windows/System32/config/SOFTWARE',
    form: 'bytes',
    samples: [packHive({ keys: { Microsoft: { values: { A: 'x', B: 1 } } } })],
  },
  'winget-manifest': { path: 'winget.yaml', form: 'text', samples: [WINGET_MANIFEST] },
  'go-program': {
    path: 'bin/server',
    form: 'bytes',
    samples: (['elf', 'pe', 'mach-o', 'fat'] as const).map((format) =>
      packGoProgram({ format, form: format === 'pe' ? 'pointers' : 'inline', modules: GO_BUILD }),
    ),
  },
  'go-mod': { path: 'go.mod', form: 'text', samples: [GO_MOD] },
  'go-sum': { path: 'go.sum', form: 'text', samples: [GO_SUM] },
  'go-work': { path: 'go.work', form: 'text', samples: [GO_WORK] },
  'go-vendor': { path: 'vendor/modules.txt', form: 'text', samples: [GO_VENDOR] },
};
const MENTIONS: Readonly<Record<string, Input>> = {
  go: {
    path: 'go.env',
    form: 'text',
    samples: ['GOPROXY=https://proxy.example.com,direct\nGOPRIVATE=*.example.org\n'],
  },
  npm: { path: 'package-lock.json', form: 'json', samples: [NPM_LOCK] },
  dockerfile: { path: 'Dockerfile', form: 'text', samples: DOCKERFILE },
  nuget: { path: 'nuget.config', form: 'text', samples: [NUGET_CONFIG] },
};
const VERSIONS = [
  '1.2.3-rc.1+build',
  '2.36-9+deb12u4',
  '1:0~beta',
  '9.0.0.M3',
  '5.0.0.Final-redhat-00001',
];

/** Everything that the one list of ecosystems reads files and versions with. */
export function listEcosystemTargets(): readonly Target[] {
  return ECOSYSTEMS.flatMap(({ name, extractors = [], mentions, advisories }) => [
    ...extractors.map(makeExtractorTarget),
    ...(mentions === undefined
      ? []
      : [
          makeFileTarget(`mentions of ${name}`, requireGiven(MENTIONS, name), (path, bytes) =>
            mentions.read(path, Buffer.from(bytes).toString('utf8')),
          ),
        ]),
    ...(advisories === undefined
      ? []
      : [
          {
            name: `versions of ${name}`,
            form: 'text' as const,
            samples: encodeSamples(VERSIONS.map((version) => `${version}\n${version}`)),
            read: (bytes: Uint8Array) => {
              const [one = '', other = one] = Buffer.from(bytes).toString('utf8').split('\n');
              return Math.sign(advisories.scheme.compare(one, other) ?? 0) +
                Math.sign(advisories.scheme.compare(other, one) ?? 0) ===
                0
                ? null
                : unordered(one, other);
            },
            reads: [],
          },
        ]),
  ]);
}

function unordered(one: string, other: string): never {
  throw new Error(
    `the order of two versions depends on their order: ${one} ${other}`.slice(0, 300),
  );
}

function makeExtractorTarget(extractor: Extractor): Target {
  const given = requireGiven(GIVEN, extractor.name);
  return makeFileTarget(`extractor ${extractor.name}`, given, (path, bytes) => {
    const isWanted = extractor.wants(path) || extractor.readProgram !== undefined;
    if (!isWanted) throw new Error(`${extractor.name} does not want ${path}`);
    extractor.recognises?.(bytes.subarray(0, 512));
    return extractor.extract({ path, bytes });
  });
}

function requireGiven(table: Readonly<Record<string, Input>>, name: string): Input {
  const given = Object.hasOwn(table, name) ? table[name] : undefined;
  if (given === undefined)
    throw new Error(`test/long/fuzz/extractors.ts has no sample for ${name}`);
  return given;
}

function makeFileTarget(
  name: string,
  { path, form, samples }: Input,
  read: (path: string, bytes: Uint8Array) => unknown,
): Target {
  const reads = READS.filter(([reader]) => reader === name).map(([, parser]) => parser);
  return { name, form, samples: encodeSamples(samples), read: (bytes) => read(path, bytes), reads };
}

const NUGET = 'capabilities/ecosystems/nuget';
const READS: readonly (readonly [string, Target['reads'][number]])[] = [
  ['extractor dpkg', 'capabilities/ecosystems/debian/stanzas.ts readStanzas'],
  ['extractor nuget-lock', `${NUGET}/lock/read-lock.ts readPackagesLock`],
  ['extractor nuget-lock', `${NUGET}/nuget-draft.ts parseContentHash`],
  ['extractor nuget-assets', `${NUGET}/installed/project-assets.ts readProjectAssets`],
  ['extractor nuget-deps', `${NUGET}/installed/deps-json.ts readDepsJson`],
  ['extractor nuget-packages-config', `${NUGET}/installed/packages-config.ts readPackagesConfig`],
  ['extractor msbuild', `${NUGET}/msbuild/read-project.ts readProject`],
  ['extractor msbuild', `${NUGET}/version-range.ts parseRange`],
  ['extractor nuget-tools', `${NUGET}/installed/tools.ts readBuildPackages`],
  ['extractor nuget-packages', `${NUGET}/installed/package-folder.ts readNuspec`],
  ['extractor paket-lock', `${NUGET}/installed/paket-lock.ts readPaketLock`],
  ['mentions of nuget', `${NUGET}/declared/nuget-config.ts readNugetConfig`],
  ['mentions of nuget', `${NUGET}/declared/nuget-config.ts parseSource`],
  ['extractor winget-list', 'capabilities/ecosystems/winget/package-list.ts readPackageList'],
  [
    'extractor winget-configuration',
    'capabilities/ecosystems/winget/configuration.ts readConfiguration',
  ],
  ['extractor windows-registry', 'formats/hive/hive.ts readHive'],
  ['extractor winget-manifest', 'capabilities/ecosystems/winget/manifest.ts readManifest'],
  ['extractor go-program', 'formats/program/elf-layout.ts readElfLayout'],
  ['extractor go-program', 'formats/program/mach-layout.ts readMachLayout'],
  ['extractor go-program', 'formats/program/part-reading.ts readInMemory'],
  ['extractor go-program', 'formats/program/pe-layout.ts readPeLayout'],
  [
    'extractor go-program',
    'capabilities/ecosystems/golang/program/modules-text.ts parseModulesText',
  ],
  ['extractor go-mod', 'capabilities/ecosystems/golang/module/go-lines.ts readGoLines'],
  ['extractor go-mod', 'capabilities/ecosystems/golang/module/go-mod.ts parseGoMod'],
  ['extractor go-work', 'capabilities/ecosystems/golang/module/go-mod.ts parseGoWork'],
  ['extractor go-sum', 'capabilities/ecosystems/golang/module/go-sum.ts parseGoSum'],
  ['extractor go-vendor', 'capabilities/ecosystems/golang/module/vendor-list.ts parseVendorList'],
  ['mentions of go', 'capabilities/ecosystems/golang/declared/go-env.ts parseGoEnv'],
];
