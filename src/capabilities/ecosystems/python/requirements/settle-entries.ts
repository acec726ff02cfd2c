import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { listFlaws, quoteName } from '../lock/python-lock.ts';
import { meetsSpec } from '../manifest/python-manifest.ts';
import type { RequirementEntry, RequirementsFile } from './requirements-file.ts';

/** Another requirements file that was read; null where none was. */
export type FindFile = (path: string) => RequirementsFile | null;

export interface SettledEntries {
  /** With the versions that constraints fix. */
  readonly entries: readonly RequirementEntry[];
  /** What could not be read. */
  readonly skips: readonly Skip[];
  /** Why the file does not say all that is installed; null where it does. */
  readonly uncovered: Skip | null;
}

const REMEDY = 'Lock it with all that is required, for example: uv pip compile --generate-hashes.';

/** What a requirements file says, with the files that it takes in. */
export function settleEntries(own: RequirementsFile, find: FindFile): SettledEntries {
  const { file, flaws } = own;
  const reach = followInclusions(own, find);
  const entries = own.entries.map((entry) => applyConstraint(entry, reach.pins));
  const why = explainOpen(own, entries);
  const uncovered = why === null ? null : createSkip(file, 'FACT_UNKNOWN', why, REMEDY);
  const remedy = 'Correct the line (pip, "Requirements File Format").';
  return { entries, skips: [...listFlaws(file, flaws, remedy), ...reach.skips], uncovered };
}

/** A version that a constraint fixes, with the entry that does. */
type Pins = ReadonlyMap<string, RequirementEntry>;

/** So many files are followed from one. */
const FILES_MAX = 1_000;

function followInclusions(
  own: RequirementsFile,
  find: FindFile,
): { readonly pins: Pins; readonly skips: readonly Skip[] } {
  const pins = new Map<string, RequirementEntry>();
  const skips: Skip[] = [];
  const seen = new Set([own.file]);
  const queue = own.inclusions.map((inclusion) => ({ inclusion, from: own.file }));
  for (const { inclusion, from } of queue) {
    const { path, text, as, line } = inclusion;
    const file = path === null ? null : find(path);
    // mutant requirements-that-were-not-read by requirements: condition -> false
    if (file === null) {
      const why = `${from === own.file ? '' : `${from}, `}line ${line} takes in ${quoteName(text)}`;
      skips.push(
        createSkip(own.file, 'FACT_UNKNOWN', `${why}, which was not read`, 'Put it in this tree.'),
      );
      continue;
    }
    if (as === 'constraint')
      for (const entry of file.entries)
        if (entry.name !== null && entry.version !== null) pins.set(entry.name, entry);
    if (seen.has(file.file) || seen.size >= FILES_MAX) continue;
    seen.add(file.file);
    // What a part takes in is said of the part; its constraints count here too.
    for (const next of file.inclusions)
      if (as === 'constraint' || next.as === 'constraint')
        queue.push({ inclusion: { ...next, as: 'constraint' }, from: file.file });
  }
  return { pins, skips };
}

function applyConstraint(entry: RequirementEntry, pins: Pins): RequirementEntry {
  if (entry.version !== null || entry.address !== null || entry.name === null) return entry;
  const pin = pins.get(entry.name);
  // mutant constraint-that-the-requirement-refuses by requirements: condition -> false
  if (pin === undefined || !meetsSpec(pin.version, entry.specifier)) return entry;
  const hashes = entry.hashes.length > 0 ? entry.hashes : pin.hashes;
  return { ...entry, version: pin.version, hashes };
}

/** A part of this tree, which is judged by itself. */
export function isOwnFolder({ address }: RequirementEntry): boolean {
  return address?.kind === 'folder' && address.path !== null;
}

/** Why it does not say all that is installed; null where it does. */
function explainOpen(
  { isCompiled, requiresHashes }: RequirementsFile,
  entries: readonly RequirementEntry[],
): string | null {
  const others = entries.filter((entry) => !isOwnFolder(entry));
  const open = others.filter(
    ({ name, version, address }) => name === null || (version ?? address?.commit ?? null) === null,
  );
  const [first] = open;
  if (first !== undefined) {
    const more = open.length > 1 ? ` (and ${open.length - 1} more)` : '';
    return `it requires ${quoteName(first.text)}${more}, which is not one version`;
  }
  // pip refuses a file in which some have hashes and others do not.
  const isHashed = requiresHashes || others.some(({ hashes }) => hashes.length > 0);
  // mutant requirements-without-what-they-require by requirements: condition -> true
  if (others.length === 0 || isCompiled || isHashed) return null;
  return 'it fixes versions, and neither hashes nor the tool that made it say that this is all';
}
