import { ECOSYSTEMS, type Extractor } from '../../../src/capabilities/ecosystems/index.ts';
import { packElf } from '../../support/elf.ts';
import { packGoProgram } from '../../support/go-program.ts';
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
  'go-program': {
    path: 'bin/server',
    form: 'bytes',
    samples: (['elf', 'pe', 'mach-o', 'fat'] as const).map((format) =>
      packGoProgram({ format, form: format === 'pe' ? 'pointers' : 'inline', modules: GO_BUILD }),
    ),
  },
  'known-program': {
    path: 'bin/node',
    form: 'bytes',
    samples: [
      packElf({ sections: [{ name: '.rodata', content: '\0node.js/v24.21.0\0' }], writable: 'x' }),
    ],
  },
  'python-header': {
    path: 'usr/include/python3.12/patchlevel.h',
    form: 'text',
    samples: ['#define PY_VERSION "3.12.1"\n'],
  },
  'python-program': {
    path: 'usr/bin/python3.12',
    form: 'bytes',
    samples: [packElf({ sections: [], writable: 'Py_BytesMain\0' })],
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

const READS: readonly (readonly [string, Target['reads'][number]])[] = [
  ['extractor dpkg', 'capabilities/ecosystems/debian/stanzas.ts readStanzas'],
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
