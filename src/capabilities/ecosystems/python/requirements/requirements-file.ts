import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { locatePath } from '../lock/python-lock.ts';
import { isPythonName, normaliseName, parseRequirement } from '../requirement.ts';
import { findPinned } from '../specifier.ts';
import { type AddressParts, parseAddress } from './address.ts';
import {
  decodeRequirements,
  type LineOption,
  readLogicalLines,
  splitOptions,
} from './requirements-lines.ts';

/** One requirement of a requirements file. */
export interface RequirementEntry {
  /** As written, without options. */
  readonly text: string;
  readonly line: number;
  readonly lastLine: number;
  /** Normalised; null where the line names only a place. */
  readonly name: string | null;
  readonly specifier: string;
  /** The version that it fixes; null where it allows others. */
  readonly version: string | null;
  /** Where it is to be taken from; null for an index. */
  readonly address: AddressParts | null;
  readonly hasMarker: boolean;
  /** `sha256:…` */
  readonly hashes: readonly string[];
  /** What requires it, as the tool that made the file noted it; empty where it did not. */
  readonly via: readonly string[];
}

export interface Inclusion {
  readonly as: 'part' | 'constraint';
  /** From the root of the tree; null where it is elsewhere. */
  readonly path: string | null;
  readonly text: string;
  readonly line: number;
}

/** What a file says about where packages come from. */
export interface IndexOptions {
  /** `--index-url`, the last one; null where none is set. */
  readonly index: string | null;
  readonly extra: readonly string[];
  readonly hasLinks: boolean;
  /** From 1. */
  readonly lines: readonly { readonly url: string; readonly line: number }[];
}

export interface RequirementsFile {
  readonly file: string;
  readonly entries: readonly RequirementEntry[];
  readonly inclusions: readonly Inclusion[];
  readonly indexes: IndexOptions;
  /** `--require-hashes`. */
  readonly requiresHashes: boolean;
  /** A tool wrote it with all that is required, and says so: pip-compile, uv, PDM. */
  readonly isCompiled: boolean;
  readonly flaws: readonly string[];
}

/** So many requirements are read. */
const ENTRIES_MAX = 100_000;

/**
 * A requirements or constraints file of pip (pip.pypa.io, "Requirements File Format"). Nothing is
 * followed; the environment is not read, so a line with `${NAME}` is a flaw.
 */
export function readRequirements(file: string, bytes: Uint8Array): Result<RequirementsFile> {
  if (bytes.length > LIMITS.fileBytesMax) return fail('LIMIT_EXCEEDED', 'too large', 'Split it.');
  const decoded = decodeRequirements(bytes);
  if (!decoded.ok) return decoded;
  const text = isHelmLock(file, decoded.value) ? '' : decoded.value;
  const reading = new Reading(file, text);
  for (const logical of readLogicalLines(text)) {
    if (reading.entries.length >= ENTRIES_MAX)
      return fail('LIMIT_EXCEEDED', `over ${ENTRIES_MAX} requirements`, 'Split the file.');
    reading.take(logical);
  }
  return ok(reading.finish());
}

/** Whether a file is the lock of a chart of Helm 2: YAML with the charts that it requires. */
export function isHelmLock(file: string, text: string): boolean {
  return file.endsWith('.lock') && /^dependencies:[ \t[\]\r]*$/m.test(text);
}

class Reading {
  readonly entries: RequirementEntry[] = [];
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #isCompiled: boolean;
  readonly #inclusions: Inclusion[] = [];
  readonly #flaws: string[] = [];
  readonly #extra: string[] = [];
  readonly #places: { url: string; line: number }[] = [];
  #index: string | null = null;
  #hasLinks = false;
  #requiresHashes = false;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lines = text.split(/\r\n|\r|\n/);
    this.#isCompiled = isGenerated(this.#lines);
  }

  take({ text, line, lastLine }: { text: string; line: number; lastLine: number }): void {
    // mutant requirement-with-a-variable by requirements: condition -> false
    if (/\$\{[A-Z0-9_]+\}/.test(text)) this.#flaws.push(`line ${line} has a variable`);
    const { text: wanted, options, strange } = splitOptions(text);
    if (strange !== null) {
      this.#flaws.push(`line ${line} has an option that is not known: ${quote(strange)}`);
      return;
    }
    const editable = options.find(({ name }) => name === '-e' || name === '--editable');
    const asked = editable === undefined ? wanted : editable.value;
    if (asked === '') for (const option of options) this.#takeOption(option, line);
    else this.#takeEntry(asked, options, { line, lastLine });
  }

  #takeOption({ name, value }: LineOption, line: number): void {
    if (name === '-r' || name === '--requirement') this.#include('part', value, line);
    else if (name === '-c' || name === '--constraint') this.#include('constraint', value, line);
    else if (name === '-i' || name === '--index-url' || name === '--pypi-url') {
      this.#index = value;
      this.#places.push({ url: value, line });
    } else if (name === '--extra-index-url') {
      this.#extra.push(value);
      this.#places.push({ url: value, line });
    } else if (name === '-f' || name === '--find-links' || name === '--no-index')
      this.#hasLinks = true;
    else if (name === '--require-hashes') this.#requiresHashes = true;
  }

  #include(as: Inclusion['as'], text: string, line: number): void {
    const path = /^[a-z][a-z0-9+.-]+:/i.test(text) ? null : locatePath(this.#file, text);
    this.#inclusions.push({ as, path, text, line });
  }

  #takeEntry(
    text: string,
    options: readonly LineOption[],
    place: { readonly line: number; readonly lastLine: number },
  ): void {
    const hashes = options.flatMap(({ name, value }) =>
      name === '--hash' && /^[a-z0-9]+:\S+$/.test(value) ? [value] : [],
    );
    const via = this.#isCompiled ? readVia(this.#lines, place.lastLine) : [];
    const base = { text, ...place, hashes, via };
    const requirement = parseRequirement(text);
    if (requirement !== null) {
      const { name, specifier, url, marker } = requirement;
      const address = url === null ? null : parseAddress(this.#file, url);
      this.entries.push({
        ...base,
        name: normaliseName(name),
        specifier,
        version: url === null ? findPinned(specifier) : (address?.version ?? null),
        address,
        hasMarker: marker !== null,
      });
      return;
    }
    const bare = (text.split(/;\s/, 1)[0] ?? '').trim();
    // mutant requirement-that-is-none by requirements: condition -> false
    if (!looksLikePlace(bare)) {
      this.#flaws.push(`line ${place.line} is no requirement: ${quote(text)}`);
      return;
    }
    const address = parseAddress(this.#file, bare);
    this.entries.push({
      ...base,
      name: address.name,
      specifier: '',
      version: address.version,
      address,
      hasMarker: bare !== text,
    });
  }

  finish(): RequirementsFile {
    return {
      file: this.#file,
      entries: this.entries,
      inclusions: this.#inclusions,
      indexes: {
        index: this.#index,
        extra: this.#extra,
        hasLinks: this.#hasLinks,
        lines: this.#places,
      },
      requiresHashes: this.#requiresHashes,
      isCompiled: this.#isCompiled,
      flaws: this.#flaws,
    };
  }
}

function looksLikePlace(text: string): boolean {
  return (
    /^(?:\.{1,2}(?:$|[\\/[])|\/|~|[a-z][a-z0-9+.-]*:)/i.test(text) ||
    /[\\/]/.test(text) ||
    /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$/i.test(text)
  );
}

/** How many lines at the start may have the sign of the tool that made the file. */
const HEADER_LINES = 12;

/** The tools that write all that is required, with what it requires. */
function isGenerated(lines: readonly string[]): boolean {
  return lines
    .slice(0, HEADER_LINES)
    .some((line) =>
      /^#\s*(?:This file (?:is|was) autogenerated by (?:pip-compile|uv)\b|This file is @generated by PDM)/i.test(
        line,
      ),
    );
}

/** `# via flask`, or `# via` and one name in each comment that follows. */
function readVia(lines: readonly string[], lastLine: number): readonly string[] {
  const names: string[] = [];
  const line = lines[lastLine - 1] ?? '';
  const inline = line.indexOf('# via ');
  if (inline !== -1) names.push(...line.slice(inline + '# via '.length).split(','));
  let isVia = false;
  for (let at = lastLine; at < lines.length; at++) {
    const written = lines[at] ?? '';
    const comment = /^\s/.test(written) ? written.trim() : '';
    if (!comment.startsWith('#')) break;
    const note = comment.slice(1).trim();
    const [, rest] = /^via\b(.*)$/.exec(note) ?? [];
    if (rest !== undefined) isVia = true;
    if (isVia) names.push(rest ?? note);
  }
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** The name of a package in a note; null for a file. */
export function findViaName(note: string): string | null {
  const name = note.split(/[\s([]/, 1)[0] ?? '';
  return isPythonName(name) && !note.startsWith('-') ? normaliseName(name) : null;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
