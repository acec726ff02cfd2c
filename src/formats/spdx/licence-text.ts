import { sha256 } from '../../core/digest.ts';
import { LICENCE_PIECES, type LicencePiece } from './licence-pieces.ts';

/** The longest licence text that anybody uses has a tenth of this. */
const TEXT_CHARS_MAX = 512 * 1024;
/** A notice of copyright is short: a longer line may say more than who has it. */
const NOTICE_WORDS_MAX = 30;
/** What follows a variable part, to find where it ends. */
const ANCHOR_WORDS = 3;

/**
 * The licences that the text of a licence file grants, as SPDX expressions that all apply; null
 * where any part of it is not a known licence, heading or notice of copyright. White space, case,
 * punctuation, bullets and notices do not matter (SPDX 2.3 annex B); nothing is guessed from
 * likeness.
 *
 * @example recogniseLicenceText('MIT License\n\nPermission is hereby granted, …') // ['MIT']
 */
export function recogniseLicenceText(text: string): readonly string[] | null {
  // mutant licence-text-that-is-a-book by licence-text: condition -> false
  if (text.length > TEXT_CHARS_MAX) return null;
  const words = text.split(/\r\n|[\n\r\f]/).flatMap(takeWords);
  const found = new Set<string>();
  for (let at = 0; at < words.length; ) {
    const match = findPiece(words, at);
    // mutant licence-text-with-more-in-it by licence-text: branch -> { at += 1; continue; }
    if (match === null) return null;
    if (match.id !== null) found.add(match.id);
    at = match.end;
  }
  return found.size === 0 ? null : [...found].sort();
}

/** The words of a line; none for a notice of copyright. */
function takeWords(line: string): readonly string[] {
  const plain = line.normalize('NFKC').toLowerCase();
  const text = plain.replace(
    /^[\s#*>;/|•·-]*(?:\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})[.)](?=\s))?/,
    '',
  );
  return isNotice(plain) ? [] : listWords(text);
}

function listWords(text: string): readonly string[] {
  return (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => SPELLINGS.get(word) ?? word);
}

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['https', 'http'],
  ['licence', 'license'],
  ['sublicence', 'sublicense'],
]);

/** `Copyright (c) 2024 Example Authors. All rights reserved.`, and nothing about use. */
function isNotice(text: string): boolean {
  if (
    !/^[^\p{L}\p{N}(©]*(?:(?:newer )?portions )?(?:copyright\b|©|\(c\) ?(?=[0-9]{4}))/u.test(text)
  )
    return false;
  const words = listWords(text);
  // mutant notice-of-copyright-with-a-condition by licence-text: condition -> false
  if (words.length > NOTICE_WORDS_MAX || words.some((word) => CONDITIONS.has(word))) return false;
  const next = words.find((word) => !NOTICE_STARTS.has(word));
  return next !== undefined && !GOES_ON.has(next);
}

const NOTICE_STARTS: ReadonlySet<string> = new Set(['newer', 'portions', 'copyright', 'c']);

/** Words of a sentence about use. */
const CONDITIONS: ReadonlySet<string> = new Set([
  ...['not', 'only', 'without', 'except', 'use', 'license', 'licensed', 'permission', 'commercial'],
  ...['must', 'shall', 'may', 'provided', 'prohibited', 'conditions', 'terms'],
]);

/** After "copyright" these go on a sentence that wraps there. */
const GOES_ON: ReadonlySet<string> = new Set([
  ...['notice', 'notices', 'holder', 'holders', 'owner', 'owners', 'law', 'laws', 'interest'],
  ...['and', 'or', 'to', 'statement', 'statements', 'in', 'is', 'of', 'on', 'right', 'rights'],
  ...['disclaimer', 'treaty', 'for', 'protection', 'as', 'status', 'that', 'resulting', 'hold'],
]);

interface PieceMatch {
  readonly id: string | null;
  /** The place of the first word after it. */
  readonly end: number;
}

function findPiece(words: readonly string[], at: number): PieceMatch | null {
  for (const piece of listPieces().get(words[at] ?? '') ?? []) {
    const end =
      piece.digest === undefined ? matchWords(words, at, piece) : matchSum(words, at, piece);
    if (end !== null) return { id: piece.id, end };
  }
  return null;
}

interface ReadPiece {
  readonly id: string | null;
  readonly words: readonly string[];
  readonly count: number;
  readonly digest?: string;
}

let pieces: ReadonlyMap<string, readonly ReadPiece[]> | null = null;

/** By their first word, the longest first. */
function listPieces(): ReadonlyMap<string, readonly ReadPiece[]> {
  if (pieces !== null) return pieces;
  const byWord = new Map<string, ReadPiece[]>();
  for (const piece of LICENCE_PIECES.map(readPiece)) {
    const [first = ''] = piece.words;
    byWord.set(first, [...(byWord.get(first) ?? []), piece]);
  }
  for (const list of byWord.values()) list.sort((one, other) => other.count - one.count);
  pieces = byWord;
  return pieces;
}

function readPiece({ id, text, count, digest }: LicencePiece): ReadPiece {
  const words = text.split(' ');
  return { id, words, count: count ?? words.length, ...(digest === undefined ? {} : { digest }) };
}

/** A long text: its first words are compared, then the digest of all of it. */
function matchSum(words: readonly string[], at: number, piece: ReadPiece): number | null {
  if (piece.words.some((word, index) => words[at + index] !== word)) return null;
  const end = at + piece.count;
  if (end > words.length) return null;
  return sha256(words.slice(at, end).join(' ')).slice(7, 39) === piece.digest ? end : null;
}

/** `{8}` is up to eight words, `word?` may be absent, `one|other` is either. */
function matchWords(words: readonly string[], start: number, piece: ReadPiece): number | null {
  let at = start;
  for (const [index, wanted] of piece.words.entries()) {
    if (wanted.startsWith('{')) {
      const anchor = piece.words.slice(index + 1, index + 1 + ANCHOR_WORDS);
      const end = findAnchor(words, at, { anchor, wordsMax: Number(wanted.slice(1, -1)) });
      if (end === null) return null;
      at = end;
    } else if (wanted.endsWith('?')) {
      if (words[at] === wanted.slice(0, -1)) at++;
    } else if (fits(wanted, words[at])) at++;
    else return null;
  }
  return at;
}

function findAnchor(
  words: readonly string[],
  at: number,
  { anchor, wordsMax }: { readonly anchor: readonly string[]; readonly wordsMax: number },
): number | null {
  for (let end = at; end <= at + wordsMax; end++)
    if (anchor.every((word, index) => fits(word, words[end + index]))) return end;
  return null;
}

function fits(wanted: string, word: string | undefined): boolean {
  return wanted === word || (word !== undefined && wanted.split('|').includes(word));
}
