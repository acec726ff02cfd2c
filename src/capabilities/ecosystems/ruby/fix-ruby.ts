import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeBaseName, takeDirectory } from '../extractor.ts';
import { type FixRecipe, findLineStart, findQuoted, quoteArgument } from '../locked/lock-fixes.ts';
import { nameGemfile, RELOCK } from './gemfile-lock.ts';

/** The requirement in the Gemfile, then `bundle lock`, which keeps all other gems as they are. */
export const rubyRecipe: FixRecipe = {
  purlType: 'gem',
  isRequirement: (spec) => !spec.startsWith('git:'),
  // A command alone would take the newest version that is allowed, not the nearest safe one.
  allows: () => false,
  edit: editRequirement,
  update: (_, __, file) => writeLock(file),
  relock: writeLock,
  overrule: () => 'add',
  findManifest: nameManifest,
  add: (text, { name }, safe) => {
    const line = `gem ${JSON.stringify(name)}, ${JSON.stringify(safe)}\n`;
    const isOpen = text !== '' && !text.endsWith('\n');
    return { start: text.length, end: text.length, text: isOpen ? `\n${line}` : line };
  },
};

/** The requirements behind the name, or a new one where there is none. */
function editRequirement(
  text: string,
  { name, requested, place }: DeclaredDependency,
  safe: string,
): TextEdit | null {
  const line = { start: findLineStart(text, place.line), end: findLineStart(text, place.line + 1) };
  const named = findQuoted(text, name, line);
  if (named === null || requested === null) return null;
  const behind = { start: named.end + 1, end: line.end };
  if (requested === '')
    return { start: behind.start, end: behind.start, text: `, ${JSON.stringify(safe)}` };
  const [first = '', ...more] = requested.split(', ');
  const from = findQuoted(text, first, behind);
  const to = more.length === 0 ? from : findQuoted(text, more.at(-1) ?? '', behind);
  return from === null || to === null ? null : { start: from.start, end: to.end, text: safe };
}

function nameManifest(file: string): string {
  return /\.(?:lock|locked)$/.test(file) ? nameGemfile(file) : file;
}

function writeLock(file: string): string {
  const gemfile = nameManifest(file);
  const isDefault = takeDirectory(gemfile) === '' && takeBaseName(gemfile) === 'Gemfile';
  return isDefault ? RELOCK : `${RELOCK} --gemfile ${quoteArgument(gemfile)}`;
}
