import { canonicaliseWanted } from '../../../core/package-purl.ts';
import { formatPurl, parsePurlPattern } from '../../../core/purl.ts';
import { matchesComponentPattern, readComponentPattern } from '../component-pattern.ts';
import { equal, type Sameness } from './compare.ts';
import { type CompiledExpression, Flaw } from './compiler-context.ts';
import { evaluationError } from './errors.ts';
import type { Node } from './syntax.ts';
import type { CelType } from './type.ts';

/**
 * How two sides are compared. A text beside the package URL of a fact names a package, in any
 * spelling and with any part of its qualifiers, as in questions and exceptions: compared as texts,
 * `c.purl != 'pkg:deb/debian/apt@2.6.1'` would hold for ever.
 */
export function chooseSameness(node: Node, one: CelType, two: CelType): Sameness {
  const [first, second] = [isPackage(one), isPackage(two)];
  // mutant policy-purls-as-texts by package-spellings: condition -> true
  if (first === second) return equal;
  for (const text of listTexts(first ? two : one)) {
    if (text !== '' && !readComponentPattern(text).ok)
      throw new Flaw(node, `it can never be ${JSON.stringify(text)}, which is no package URL`);
  }
  const same = makePackageTest();
  return first ? (a, b, run) => same(b, a, run) : same;
}

function isPackage(type: CelType): boolean {
  return type.kind === 'string' && type.package === true;
}

function listTexts(type: CelType): readonly string[] {
  return type.kind === 'string' ? (type.values ?? []) : [];
}

/** Remembers what it read: a rule asks about a few packages, and about thousands of components. */
function makePackageTest(): Sameness {
  const patterns = new Map<string, ReturnType<typeof readComponentPattern>>();
  return (wanted, found, run) => {
    if (typeof wanted !== 'string' || typeof found !== 'string') return equal(wanted, found, run);
    run.step(1 + (found.length >>> 4));
    if (wanted === found) return true;
    const pattern = patterns.get(wanted) ?? readComponentPattern(wanted);
    if (patterns.size < PATTERNS_MAX) patterns.set(wanted, pattern);
    if (wanted === '') return false;
    if (!pattern.ok) return evaluationError(`${JSON.stringify(wanted.slice(0, 100))} is no purl`);
    return matchesComponentPattern(pattern.value, found);
  };
}

const PATTERNS_MAX = 100;

/**
 * The beginning of a package URL of a fact must be written as facts write it. Another spelling,
 * such as `pkg:npm/@scope/`, would fit no package, without a message.
 */
export function checkPackagePrefix(
  node: Node,
  name: string,
  [subject, prefix]: readonly CompiledExpression[],
): void {
  if (name !== 'startsWith' || subject === undefined || !isPackage(subject.type)) return;
  for (const text of prefix === undefined ? [] : listTexts(prefix.type)) {
    const written = writePrefix(text);
    // mutant policy-purl-prefix by package-spellings: condition -> false
    if (written !== null && written !== text)
      throw new Flaw(node, `no package begins like this: write ${JSON.stringify(written)}`);
  }
}

/** The same prefix in the canonical spelling; null where it is too short to be a package URL. */
function writePrefix(text: string): string | null {
  const end = /[/@?&=#]$/.exec(text)?.[0] ?? '';
  const whole = end === '/' ? `${text}x` : text.slice(0, text.length - end.length);
  const spelled = parsePurlPattern(whole);
  if (!spelled.ok) return null;
  const parts = spelled.value.version === null ? spelled.value : canonicaliseWanted(spelled.value);
  const canonical = formatPurl(parts);
  return end === '/' ? canonical.slice(0, -1) : `${canonical}${end}`;
}
