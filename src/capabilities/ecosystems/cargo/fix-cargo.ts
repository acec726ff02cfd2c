import satisfies from 'semver/functions/satisfies.js';
import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeDirectory } from '../extractor.ts';
import { type FixRecipe, findLineStart, findQuoted, quoteArgument } from '../locked/lock-fixes.ts';
import { joinPath } from '../locked/locked-package.ts';
import { FOLDER_SPEC, GIT_SPEC, INHERITED_SPEC } from './cargo-agreement.ts';
import { allowsCrate } from './cargo-requirement.ts';
import { RELOCK } from './crate-index.ts';

/** `cargo update --precise`, after the requirement in the manifest where that forbids it. */
export const cargoRecipe: FixRecipe = {
  purlType: 'cargo',
  isRequirement: (spec) => ![FOLDER_SPEC, GIT_SPEC].some((start) => spec.startsWith(start)),
  allows: (spec, version) => spec !== INHERITED_SPEC && allowsCrate(spec, version) === true,
  edit: editRequirement,
  findManifest: (file) => joinPath(takeDirectory(file), 'Cargo.toml'),
  update: (dependency, safe, lock) => {
    const id = `${dependency.name}@${dependency.version ?? ''}`;
    return `cargo update${nameManifest(lock)} -p ${quoteArgument(id)} --precise ${quoteArgument(safe)}`;
  },
  relock: (lock) => `${RELOCK}${nameManifest(lock)}`,
  overrule: ({ version }, safe) =>
    // Cargo unites what is compatible: then everything that needs the one also takes the other.
    version !== null && satisfies(safe, `^${version}`)
      ? 'update'
      : `what needs it must be upgraded to one that takes ${safe}`,
};

function nameManifest(file: string): string {
  const folder = takeDirectory(file);
  return folder === '' ? '' : ` --manifest-path ${quoteArgument(joinPath(folder, 'Cargo.toml'))}`;
}

/** The text of the requirement, on the line of the dependency or in a table of its own. */
function editRequirement(
  text: string,
  { requested, place }: DeclaredDependency,
  safe: string,
): TextEdit | null {
  if (requested === null || requested === INHERITED_SPEC) return null;
  const start = findLineStart(text, place.line);
  const isTable = /^\s*\[/.test(text.slice(start, start + 200));
  const next = isTable ? text.indexOf('\n[', start + 1) : findLineStart(text, place.line + 1);
  const found = findQuoted(text, requested, { start, end: next === -1 ? text.length : next });
  return found === null ? null : { ...found, text: safe };
}
