import { type AST, parseRegExpLiteral } from '@eslint-community/regexpp';

/**
 * Tries a regular expression on the texts that could hurt it: for each run of its parts, a text
 * that repeats what the run matches, behind what comes before the run. A pattern that is tried
 * again from each start, or divides a text in each way, is found by its time.
 */

const TEXT_LENGTH = 4_000;
/** A linear pattern needs a tenth of it; then a longer text decides. */
const NOTED_MS = 0.5;
const TIMES_LONGER = 4;
/** For the longer text a linear pattern needs a tenth of it; a quadratic one several times. */
const SLOW_MS = 16;
const WORDS_MAX = 400;
/** Parts of one run. */
const RUN_MAX = 8;

/** A text that the pattern reads in quadratic time or worse; null where none was found. */
export function findSlowText(literal: string): string | null {
  const { pattern } = parseRegExpLiteral(literal);
  const end = literal.lastIndexOf('/');
  const regex = new RegExp(literal.slice(1, end), literal.slice(end + 1));
  const tried = new Set<string>();
  for (const { before, word } of listWords(pattern.alternatives, '')) {
    if (tried.size > WORDS_MAX) return null;
    const body = word.repeat(Math.ceil(TEXT_LENGTH / word.length));
    for (const text of [`${before}${body}\0`, `${body}\0`]) {
      if (tried.has(text)) continue;
      tried.add(text);
      const longer = `${before}${body.repeat(TIMES_LONGER)}\0`;
      if (takes(regex, text, NOTED_MS) && takes(regex, longer, SLOW_MS))
        return `${JSON.stringify(before)} and many ${JSON.stringify(word)}`;
    }
  }
  return null;
}

/** Each of three times, and by processor time, so that a busy machine accuses no pattern. */
function takes(regex: RegExp, text: string, ms: number): boolean {
  for (let turn = 0; turn < 3; turn++) {
    const started = process.threadCpuUsage();
    text.replace(regex, '');
    if (process.threadCpuUsage(started).user / 1_000 < ms) return false;
  }
  return true;
}

interface Word {
  readonly before: string;
  readonly word: string;
}

function* listWords(alternatives: readonly AST.Alternative[], before: string): Iterable<Word> {
  for (const { elements } of alternatives) {
    const samples = elements.map(makeSample);
    for (let from = 0; from < samples.length; from++) {
      const ahead = `${before}${samples.slice(0, from).join('')}`;
      for (let to = from + 1; to <= Math.min(samples.length, from + RUN_MAX); to++) {
        const word = samples.slice(from, to).join('');
        if (word !== '') yield { before: ahead, word };
      }
      const inner = findInner(elements[from]);
      if (inner !== null) yield* listWords(inner, ahead);
    }
  }
}

function findInner(element: AST.Element | undefined): readonly AST.Alternative[] | null {
  if (element === undefined) return null;
  if (element.type === 'Quantifier') return findInner(element.element);
  return 'alternatives' in element ? (element.alternatives as readonly AST.Alternative[]) : null;
}

/** A short text that the element matches; empty for an assertion. */
function makeSample(element: AST.Element): string {
  switch (element.type) {
    case 'Character':
      return String.fromCodePoint(element.value);
    case 'CharacterSet':
    case 'CharacterClass':
      return findCharacter(element.raw, element.parent);
    case 'Quantifier':
      return makeSample(element.element).repeat(Math.max(1, Math.min(element.min, 64)));
    case 'Group':
    case 'CapturingGroup':
      return (element.alternatives[0]?.elements ?? []).map(makeSample).join('');
    default:
      return '';
  }
}

const CANDIDATES = ['A', 'a', '0', ' ', '-', '.', '/', ':', '"', '#', '%', '\t', '[', '{', '\0'];

function findCharacter(raw: string, at: AST.Node | null): string {
  const flags = readFlags(at);
  const one = new RegExp(`^${raw}$`, flags);
  return CANDIDATES.find((candidate) => one.test(candidate)) ?? '';
}

function readFlags(node: AST.Node | null): string {
  for (let at: AST.Node | null = node; at !== null; at = at.parent)
    if (at.type === 'RegExpLiteral') return at.flags.raw.replace(/[gy]/g, '');
  return '';
}
