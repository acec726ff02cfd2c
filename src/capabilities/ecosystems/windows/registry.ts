import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { type HiveKey, type HiveValue, readHive } from '../../../formats/hive/hive.ts';
import type { OperatingSystem } from '../component.ts';
import type { Draft, Extraction, Extractor } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';

const VERSION = 'Microsoft/Windows NT/CurrentVersion';
const PROGRAMS = [
  'Microsoft/Windows/CurrentVersion/Uninstall',
  'WOW6432Node/Microsoft/Windows/CurrentVersion/Uninstall',
];

/**
 * The hive of the machine: which Windows it is, with its build, and the programs that an installer
 * recorded. The updates of Windows itself are not in it in a form that is read here.
 */
export const windowsRegistry: Extractor = {
  name: 'windows-registry',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({
    names: ['software'],
    ignoresCase: true,
    where: /^(?:Files\/)?Windows\/System32\/config\/SOFTWARE$/i,
  }),
  extract: ({ path, bytes }): Extraction => {
    const root = readHive(bytes);
    const os = readSystem(root);
    const drafts = new Map(
      PROGRAMS.flatMap((place) => root.find(place)?.listKeys() ?? [])
        .flatMap((key) => readProgram(path, key.readValues()) ?? [])
        .map((draft) => [draft.key, draft]),
    );
    return { drafts: [...drafts.values()], skips: [], ...(os === null ? {} : { os }) };
  },
};

/** `10.0.20348.2113`: the build, and how often it was updated. */
function readSystem(root: HiveKey): OperatingSystem | null {
  const values = root.find(VERSION)?.readValues();
  const build = toText(values?.get('currentbuild'));
  if (values === undefined || build === null) return null;
  const [major, minor] = [
    values.get('currentmajorversionnumber'),
    values.get('currentminorversionnumber'),
  ];
  const update = values.get('ubr');
  const numbers = [major ?? 10, minor ?? 0, build, ...(typeof update === 'number' ? [update] : [])];
  return {
    id: 'windows',
    versionId: toOneLine(numbers.join('.')),
    prettyName: toText(values.get('productname')),
  };
}

function toText(value: HiveValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? toOneLine(value.trim()) : null;
}

/** Null where it names no version, as parts of other programs do. */
function readProgram(path: string, values: ReadonlyMap<string, HiveValue>): Draft | null {
  const name = toText(values.get('displayname'));
  const version = toText(values.get('displayversion'));
  if (name === null || version === null || version.length > LIMITS.versionBytesMax) return null;
  return {
    key: `${name}\n${version}`,
    parts: { type: 'generic', namespace: null, name, version, qualifiers: {}, subpath: null },
    name,
    version,
    licenses: [],
    source: null,
    locations: [path],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}
