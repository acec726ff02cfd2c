import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import type { Skip } from '../../component.ts';
import { parseRegistry } from '../../component-registry.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  takeBaseName,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createNugetDraft, foldNugetName, isNugetName, quoteName } from '../nuget-draft.ts';
import { isNugetVersion } from '../version-order.ts';

export interface PaketPackage {
  readonly name: string;
  readonly version: string;
  readonly group: string;
  readonly needs: readonly string[];
  /** The address of its feed; null where none is named. */
  readonly remote: string | null;
  readonly line: number;
}

export interface PaketLock {
  readonly packages: readonly PaketPackage[];
  readonly problems: readonly Skip[];
}

const RELOCK = 'Write the lock again: paket install.';

/** Parts of the lock by their head, which begins a line. */
const PART = /^(?:NUGET|GITHUB|GIST|HTTP|GIT)$/;

/** paket.lock (fsprojects.github.io/Paket, "The paket.lock file"). */
export function readPaketLock(file: string, bytes: Uint8Array): Result<PaketLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const reading = {
    packages: [] as (PaketPackage & { needs: string[] })[],
    problems: [] as Skip[],
  };
  let [part, group, remote] = ['', 'Main', null as string | null];
  let head = 0;
  const cut = new Set<number>();
  for (const [at, raw] of text.value.split('\n').entries()) {
    const line = raw.trimEnd();
    const own = line.trimStart();
    const indent = line.length - own.length;
    if (own === '') continue;
    if (indent === 0) {
      if (own.startsWith('GROUP ')) group = own.slice('GROUP '.length).trim();
      else if (PART.test(own)) {
        [part, remote, head] = [own, null, at + 1];
        cut.add(head);
      } else if (!/^[A-Z-]+: /.test(own)) return refuse(file, at + 1, own);
      continue;
    }
    // Paket writes a head only with a source below it.
    cut.delete(head);
    if (part !== 'NUGET') {
      if (indent === 2 && own.startsWith('remote: '))
        reading.problems.push(skipOther(file, part, own));
    } else if (own.startsWith('remote: ')) remote = own.slice('remote: '.length);
    else if (own.startsWith('specs:')) continue;
    else if (indent === 4) {
      const found = readPackage(own, { group, remote, line: at + 1 });
      // mutant paket-line-that-is-no-package: condition -> false
      if (found === null) return refuse(file, at + 1, own);
      reading.packages.push(found);
    } else reading.packages.at(-1)?.needs.push(own.split(' ', 1)[0] ?? '');
  }
  // mutant paket-part-without-a-source by nuget-inventory: remove
  for (const line of cut) reading.problems.push(skipCut(file, line));
  return ok(reading);
}

function skipCut(file: string, line: number): Skip {
  return createSkip(file, 'MALFORMED', `nothing is behind the head in line ${line}`, RELOCK);
}

function refuse(file: string, line: number, text: string): Result<never> {
  return fail('MALFORMED', `${file}: line ${line} is not understood: ${quoteName(text)}`, RELOCK);
}

/** `Name (1.2.3) - restriction: …` */
function readPackage(
  text: string,
  place: Pick<PaketPackage, 'group' | 'remote' | 'line'>,
): (PaketPackage & { needs: string[] }) | null {
  const open = text.indexOf(' (');
  const close = text.indexOf(')', open);
  const [name, version] = [text.slice(0, open), text.slice(open + 2, close)];
  const isWhole = open > 0 && close > open && isNugetName(name) && isNugetVersion(version);
  return isWhole ? { name, version, needs: [], ...place } : null;
}

/** Files of a repository or of an address, which are compiled with the project. */
function skipOther(file: string, part: string, text: string): Skip {
  const why = `it names files of kind ${part.toLowerCase()}, which are not read: ${quoteName(text)}`;
  return createSkip(file, 'UNSUPPORTED', why, 'Take them from a package.');
}

export const paketLock: Extractor = {
  name: 'paket-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['paket.lock'] }),
  extract: ({ path, bytes }): Extraction => {
    const { packages, problems } = orThrow(readPaketLock(path, bytes));
    const drafts = listDrafts(path, packages);
    return { drafts, skips: problems, locks: checkCoverage(path, packages) };
  },
};

function listDrafts(path: string, packages: readonly PaketPackage[]): readonly Draft[] {
  const byName = new Map(
    packages.map((one) => [`${one.group}\n${foldNugetName(one.name)}`, one] as const),
  );
  return packages.map(({ name, version, group, needs, remote }) => {
    const found = needs.flatMap((need) => byName.get(`${group}\n${foldNugetName(need)}`) ?? []);
    const keys = found.map((one) => createNugetDraft({ ...one, location: '', needs: [] }).key);
    const draft = createNugetDraft({ name, version, location: path, needs: keys });
    const registry = remote === null ? null : parseRegistry(remote);
    return { ...draft, origin: registry === null ? null : `https://${registry}` };
  });
}

/** A lock of Paket is for the requests beside it, and for nothing of NuGet itself. */
function checkCoverage(path: string, packages: readonly PaketPackage[]): CoverageCheck {
  const names = new Set(packages.map(({ name }) => foldNugetName(name)));
  return (manifest) => {
    if (takeBaseName(manifest.path) !== 'paket.dependencies') return null;
    const lacking = manifest.requests.find(({ name }) => !names.has(foldNugetName(name)));
    if (lacking === undefined) return [];
    const why = `it requires ${quoteName(lacking.name)}, which ${path} does not lock`;
    return [createSkip(manifest.path, 'FACT_UNKNOWN', why, RELOCK)];
  };
}

/** `paket.dependencies`: `nuget Name >= 1.0` of each line is what a lock must have. */
export const paketManifest: Extractor = {
  name: 'paket-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['paket.dependencies'] }),
  extract: ({ path, bytes }): Extraction => {
    const lines = orThrow(decodeUtf8(bytes)).split('\n');
    const words = lines.map((line) =>
      line
        .trim()
        .split(' ')
        .filter((word) => word !== ''),
    );
    const requests = words.flatMap(([kind, name, ...spec]) =>
      kind === 'nuget' && name !== undefined
        ? [{ name, spec: spec.join(' '), kind: 'required' as const }]
        : [],
    );
    const why = 'it requires packages, and no paket.lock is beside it';
    const uncovered =
      requests.length === 0 ? null : createSkip(path, 'FACT_UNKNOWN', why, 'Run paket install.');
    return { drafts: [], skips: [], declares: { path, name: null, requests, uncovered } };
  },
};
