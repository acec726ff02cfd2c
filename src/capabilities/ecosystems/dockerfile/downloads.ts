import { createLoose, createUnknown, type Installation } from './installation.ts';
import type { ShellWord } from './shell-words.ts';

/** Options of curl and wget whose value may look like an address. */
const WITH_VALUE = new Set([
  ...['-H', '--header', '-o', '--output', '-O', '--output-document', '-d', '--data', '-x'],
  ...['--proxy', '-e', '--referer', '-A', '--user-agent', '-u', '--user', '-P', '--cacert'],
]);

/**
 * What `curl`, `wget` or `git clone` fetch. `run` is the whole instruction: it holds the content
 * fast where it compares a checksum that it names, or names a commit.
 */
export function readDownloads(
  name: string,
  program: ShellWord,
  words: readonly ShellWord[],
  run: RunText,
): readonly Installation[] {
  if (name === 'git') return readClone(words, run);
  // mutant request-to-a-service-is-a-download by script: condition -> false
  if (run.asksServices && !run.keeps(program, words)) return [];
  const addresses = words.filter((word, at) => {
    const before = words[at - 1]?.text ?? '';
    // In wget, -O has a value; curl takes the name from the address.
    const isValue = WITH_VALUE.has(before) && !(name === 'curl' && before === '-O');
    return !isValue && isAddress(word);
  });
  if (addresses.length === 0)
    return words.some((word) => !word.text.startsWith('-'))
      ? [createUnknown(program, 'generic', 'a download', 'its address is not in the command')]
      : [];
  const fast = run.findCheck();
  return addresses.map((word): Installation => {
    const bare = word.text.replace(/^--url=/, '');
    const found = { ...createLoose(word, 'generic', bare, fast.why), address: bare };
    return { ...found, pinned: fast.pinned, recorded: fast.pinned === 'yes' };
  });
}

function isAddress({ text, open }: ShellWord): boolean {
  if (/^(?:--url=)?(?:https?|ftp|s3|gs):\/\//i.test(text)) return true;
  return open && text.startsWith('$');
}

/** Loopback is no place to download from, but to ask a service that was just started. */
function countAddresses(text: string): number {
  return (text.match(/https?:\/\/(?!localhost|127\.)/g) ?? []).length;
}

/** A whole instruction, which each of its commands may ask: the answers are found once. */
export class RunText {
  readonly #text: string;
  #check: Check | null = null;
  #commit: string | null | undefined;

  /** The script of a pipeline, which also asks services, of which it keeps nothing. */
  readonly asksServices: boolean;
  /** Whether what it prints is run. */
  readonly #isRun: boolean;

  constructor(text: string, { asksServices = false, isRun = false } = {}) {
    this.#text = text;
    this.asksServices = asksServices;
    this.#isRun = isRun;
  }

  /** What runs within it; `isRun` where its output is run as a script. */
  nest(text: string, isRun: boolean): RunText {
    return new RunText(text, { asksServices: this.asksServices, isRun });
  }

  /** Whether a download becomes a file, or is run or unpacked, as far as its line shows it. */
  keeps({ text: program, at }: ShellWord, words: readonly ShellWord[]): boolean {
    if (this.#isRun) return true;
    const isNamed = words.some(({ text }) => OUTPUT.test(text) || TO_OUTPUT.test(text));
    const isFile =
      (!isNamed && /wget$/.test(program)) ||
      words.some(
        ({ text }, place) => OUTPUT.test(text) && !NOWHERE.has(words[place + 1]?.text ?? ''),
      );
    const start = this.#text.lastIndexOf('\n', at) + 1;
    const end = this.#text.indexOf('\n', at);
    const line = this.#text.slice(start, end === -1 ? this.#text.length : end);
    return isFile || KEEPING.test(line);
  }

  findCheck(): Check {
    this.#check ??= readChecks(this.#text, countAddresses(this.#text));
    return this.#check;
  }

  findCommit(): string | null {
    if (this.#commit === undefined) this.#commit = /\b[0-9a-f]{40}\b/.exec(this.#text)?.[0] ?? null;
    return this.#commit;
  }
}

const OUTPUT = /^(?:-[a-zA-Z]*[oO]|--output|--remote-name(?:-all)?|--output=(?!\/dev\/null).*)$/s;
const NOWHERE = new Set(['/dev/null', '-']);
/** wget prints instead of writing a file. */
const TO_OUTPUT = /^-[a-zA-Z]*O-$/;
/** A file that is written, `<(curl …)`, or a program that runs or unpacks what it reads. */
const KEEPING =
  /<\(|>\s{0,9}(?!\/dev\/null|[\s&>])|\|\s{0,9}(?:sudo\s{1,9}(?:-\w{1,9}\s{1,9})?)?(?:\/[\w/]{1,40}\/)?(?:(?:ba|da|k|z)?sh|python[\d.]{0,9}|node|perl|ruby|php|tar|bsdtar|unzip|cpio|tee|dd|gpg|apt-key|iex)\b/i;

interface Check {
  readonly pinned: 'yes' | 'no' | 'unknown';
  readonly why: string;
}

const COMPARES =
  /\b(?:sha(?:256|384|512)sum|shasum|b2sum|openssl dgst)\b[^|;&\n]{0,200}?(?:\s-[a-zA-Z]*c\b|--check)/;
const SUM = /(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})(?![0-9a-fA-F])/g;

/** Whether the instruction compares checksums, and holds one for each address. */
function readChecks(text: string, addresses: number): Check {
  if (!COMPARES.test(text))
    return /\b(?:gpg|gpgv|cosign|minisign)\b/.test(text)
      ? { pinned: 'unknown', why: 'a signature may be verified; no checksum is compared' }
      : { pinned: 'no', why: 'nothing fixes the content of the address' };
  const sums = new Set(text.match(SUM)).size;
  // mutant download-with-another-checksum by dockerfile-installs: condition -> true
  if (sums >= Math.max(addresses, 1))
    return { pinned: 'yes', why: 'the command compares its checksum' };
  return {
    pinned: 'unknown',
    why:
      sums === 0
        ? 'a checksum is compared that the command does not hold'
        : 'fewer checksums than addresses are compared',
  };
}

function readClone(words: readonly ShellWord[], run: RunText): readonly Installation[] {
  const verb = words.find((word) => !word.text.startsWith('-'));
  if (verb?.text !== 'clone' && verb?.text !== 'submodule') return [];
  if (verb.text === 'submodule') return [];
  const from = words.find((word) => /^(?:\w+:\/\/|git@|\$)/.test(word.text));
  if (from === undefined) return [];
  const commit = run.findCommit();
  const found = createLoose(from, 'generic', from.text, 'no commit is named');
  const named = { ...found, address: from.text };
  return commit === null
    ? [named]
    : [{ ...named, version: commit, pinned: 'yes', recorded: true, why: 'a commit is named' }];
}
