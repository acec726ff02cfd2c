import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeDirectory } from '../extractor.ts';
import {
  type FixRecipe,
  findLineStart,
  findQuoted,
  nameFolder,
  quoteArgument,
} from '../locked/lock-fixes.ts';
import { joinPath } from '../locked/locked-package.ts';
import { allowsComposer } from './composer-constraint.ts';
import { RELOCK } from './composer-lock.ts';

/** `composer update` of one package to one version, after its constraint where that forbids it. */
export const phpRecipe: FixRecipe = {
  purlType: 'composer',
  isRequirement: (spec) => !/^dev-|-dev$/.test(spec),
  allows: (spec, version) => allowsComposer(spec, version) === true,
  edit: editRequirement,
  update: ({ name }, safe, file) =>
    `composer update ${quoteArgument(name)} --with ${quoteArgument(`${name}:${safe}`)} ` +
    `--with-dependencies --no-install${nameFolder('--working-dir=', file)}`,
  relock: (file) => `${RELOCK}${nameFolder('--working-dir=', file)}`,
  // Composer refuses a version that something else forbids, and says what.
  overrule: () => 'update',
  findManifest: (file) => joinPath(takeDirectory(file), 'composer.json'),
};

function editRequirement(
  text: string,
  { name, requested, place }: DeclaredDependency,
  safe: string,
): TextEdit | null {
  const line = { start: findLineStart(text, place.line), end: findLineStart(text, place.line + 1) };
  const named = findQuoted(text, name, line);
  if (named === null || requested === null) return null;
  const found = findQuoted(text, requested, { start: named.end + 1, end: line.end });
  return found === null ? null : { ...found, text: safe };
}
