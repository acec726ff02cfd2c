import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { type HiveKey, type HiveValue, readHive } from '../../../formats/hive/hive.ts';
import type { OperatingSystem } from '../component.ts';
import type { Draft, Extraction, Extractor } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { nameEdition, WINDOWS_VENDOR } from './naming.ts';

const VERSION = 'Microsoft/Windows NT/CurrentVersion';
const PROGRAMS = [
  'Microsoft/Windows/CurrentVersion/Uninstall',
  'WOW6432Node/Microsoft/Windows/CurrentVersion/Uninstall',
];

/**
 * The hive of the machine: which Windows it is, by its build, which says what updates it has, and
 * the programs that an installer recorded. Parts with updates of their own are not in it in a form
 * that is read here.
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
    const found = [
      ...(os === null ? [] : draftSystem(path, os)),
      ...PROGRAMS.flatMap((place) => root.find(place)?.listKeys() ?? []).flatMap(
        (key) => readProgram(path, key.readValues()) ?? [],
      ),
    ];
    const drafts = new Map(found.map((draft) => [draft.key, draft]));
    return { drafts: [...drafts.values()], skips: [], ...(os === null ? {} : { os }) };
  },
};

/** `10.0.20348.2113`: the build, and how often it was updated. */
function readSystem(root: HiveKey): OperatingSystem | null {
  const values = root.find(VERSION)?.readValues();
  const build = toText(values?.get('currentbuild'));
  if (values === undefined || build === null) return null;
  const [major, minor, update] = [
    values.get('currentmajorversionnumber'),
    values.get('currentminorversionnumber'),
    values.get('ubr'),
  ];
  // Before Windows 10 it is in a text alone: `6.3`. Later ones still have that text.
  const version =
    typeof major === 'number'
      ? `${major}.${typeof minor === 'number' ? minor : 0}`
      : (toText(values.get('currentversion')) ?? '10.0');
  const numbers = [version, build, ...(typeof update === 'number' ? [update] : [])];
  return {
    id: 'windows',
    versionId: toOneLine(numbers.join('.')),
    prettyName: toText(values.get('productname')),
  };
}

function toText(value: HiveValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? toOneLine(value.trim()) : null;
}

/** Windows itself, as a component that is looked up like every other one. */
function draftSystem(path: string, { versionId, prettyName }: OperatingSystem): readonly Draft[] {
  if (versionId === null) return [];
  const name = nameEdition(prettyName);
  return [makeDraft(path, { namespace: WINDOWS_VENDOR, name, version: versionId })];
}

/** Null where it names no version, as parts of other programs do. */
function readProgram(path: string, values: ReadonlyMap<string, HiveValue>): Draft | null {
  const name = toText(values.get('displayname'));
  const version = toText(values.get('displayversion'));
  if (name === null || version === null || version.length > LIMITS.versionBytesMax) return null;
  return makeDraft(path, { namespace: null, name, version });
}

function makeDraft(
  path: string,
  { namespace, name, version }: { namespace: string | null; name: string; version: string },
): Draft {
  return {
    key: `${namespace ?? ''}\n${name}\n${version}`,
    parts: { type: 'generic', namespace, name, version, qualifiers: {}, subpath: null },
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
