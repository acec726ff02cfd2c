import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  joinPath,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  quoteName,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = 'cabal freeze';
const REMEDY = `Write the lock again: ${RELOCK}`;
const STACK_REMEDY = 'Lock with cabal freeze: it names every package.';

/** cabal.project.freeze and stack.yaml.lock, with *.cabal, package.yaml and cabal.project. */
export const cabalFormat: LockFormat = {
  name: 'haskell',
  purlType: 'hackage',
  isLock: wantFiles(
    { names: ['cabal.project.freeze'] },
    { endings: ['.yaml.lock'], where: /(?:^|\/)stack(?:-[^/]*)?\.yaml\.lock$/ },
  ),
  isManifest: wantFiles(
    { names: ['cabal.project'], endings: ['.cabal'] },
    { endings: ['.yaml'], where: /(?:^|\/)stack(?:-[^/]*)?\.yaml$/ },
  ),
  readLock: (path, bytes) =>
    path.endsWith('.freeze') ? readCabalFreeze(path, bytes) : readStackLock(path, bytes),
  readManifest: readCabalManifest,
  buildParts: (name, version) => buildPlainParts('hackage', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'cabal.project'),
};

const PIN = /^(?:any\.)?([A-Za-z0-9][A-Za-z0-9-]{0,200}) ?== ?(\d+(?:\.\d+){0,20})$/;
const FLAGS = /^(?:any\.)?[A-Za-z0-9][A-Za-z0-9-]{0,200}(?: [+-][\w-]{1,100})+$/;

/** cabal.project.freeze ("cabal freeze"): `constraints: any.NAME ==VERSION, NAME +flag, …` */
export function readCabalFreeze(file: string, bytes: Uint8Array): Result<LockContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const problems: Skip[] = [];
  const packages: LockedPackage[] = [];
  let isInside = false;
  for (const [at, line] of text.value.split(/\r?\n/).entries()) {
    const field = /^([a-z-]{1,60}):(.*)$/.exec(line);
    if (field !== null) isInside = field[1] === 'constraints';
    // A field goes on in lines that begin with a space.
    else if (!/^(?:\s|--|$)/.test(line))
      return fail('MALFORMED', `${file}:${at + 1}: it is no field`, REMEDY);
    if (!isInside) continue;
    for (const written of (field?.[2] ?? line).split(',')) {
      const constraint = written.trim().replace(/\s+/g, ' ');
      const [, name, version] = PIN.exec(constraint) ?? [];
      if (name !== undefined && version !== undefined)
        packages.push(createPin(file, name, version, at + 1));
      else if (constraint !== '' && !constraint.startsWith('--') && !FLAGS.test(constraint))
        problems.push(
          createSkip(file, 'MALFORMED', `${quoteName(constraint)} is no version`, REMEDY),
        );
    }
  }
  // Some projects keep only the state of the index here: that alone names no version.
  if (packages.length + problems.length === 0) {
    const why = 'it freezes no package';
    problems.push(createSkip(file, 'FACT_UNKNOWN', why, REMEDY));
  }
  const known = { packages, problems, covers: 'below' as const, remedy: REMEDY };
  return ok(createPlainContent({ file, ...known }));
}

function createPin(file: string, name: string, version: string, line: number): LockedPackage {
  const why = `${file} has no hash for it, so its content may change`;
  const key = `${name} ${version}`;
  return createLocked('hackage', { key, name, version, line, pinned: 'unknown', why });
}

/** stack.yaml.lock: extra packages with hashes; those of the snapshot are not in the tree. */
export function readStackLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  // Stack always writes them, and to see that costs little.
  if (!/^(?:packages|snapshots):/m.test(text.value))
    return fail('MALFORMED', `${file} has no packages`, STACK_REMEDY);
  const yaml = parseYaml(text.value, { bytesMax: LIMITS.fileBytesMax });
  if (!yaml.ok) return yaml;
  if (!isJsonObject(yaml.value)) return fail('MALFORMED', `${file} is not a map`, STACK_REMEDY);
  const findLine = createLineFinder(text.value);
  const packages: LockedPackage[] = [];
  const problems: Skip[] = [];
  const { packages: listed, snapshots } = yaml.value;
  for (const entry of Array.isArray(listed) ? (listed as readonly JsonValue[]) : []) {
    const completed = isJsonObject(entry) ? entry['completed'] : undefined;
    const hackage = isJsonObject(completed) ? completed['hackage'] : undefined;
    const [, name, version] =
      /^([A-Za-z0-9][A-Za-z0-9-]{0,200})-(\d+(?:\.\d+){0,20})@/.exec(
        typeof hackage === 'string' ? hackage : '',
      ) ?? [];
    if (name === undefined || version === undefined)
      problems.push(
        createSkip(file, 'MALFORMED', 'an entry is no package of Hackage', STACK_REMEDY),
      );
    else
      packages.push({
        ...createPin(file, name, version, findLine(String(hackage))),
        ...{ pinned: 'yes', why: `locked with its hash in ${file}` },
      });
  }
  if (Array.isArray(snapshots) && snapshots.length > 0) {
    const why = 'the packages of its snapshot are named by an address, and are not in this tree';
    problems.push(createSkip(file, 'FACT_UNKNOWN', why, STACK_REMEDY));
  }
  return ok(
    createPlainContent({ file, packages, problems, covers: 'below', remedy: STACK_REMEDY }),
  );
}

/** Whether it asks for more than nothing: a lock says for what. */
export function readCabalManifest(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const isOpen = file.endsWith('.cabal')
    ? /^[ \t]*(?:build-depends|setup-depends|build-tool-depends)[ \t]*:/im.test(text.value)
    : /^(?:packages|source-repository-package|resolver|snapshot|extra-deps)\b/m.test(text.value);
  return ok({ name: null, requests: [], problems: [], isOpen });
}
