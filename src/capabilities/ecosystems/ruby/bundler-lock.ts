import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';

/** One gem of a Gemfile.lock. */
export interface LockedGem {
  readonly name: string;
  readonly version: string;
  /** Null for a gem of pure Ruby. */
  readonly platform: string | null;
  readonly source: GemSource;
  readonly needs: string[];
  /** From 1. */
  readonly line: number;
}

/** Where the gems of one part of a lock are from. */
export interface GemSource {
  readonly kind: 'GEM' | 'GIT' | 'PATH' | 'PLUGIN SOURCE';
  readonly remotes: string[];
  revision: string | null;
}

export interface BundlerLock {
  readonly gems: readonly LockedGem[];
  readonly sources: readonly GemSource[];
  /** What the project itself requires: names with their requirements, which may be empty. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** By name, version and platform, as `formatGem` writes them: hex digits of SHA-256. */
  readonly checksums: ReadonlyMap<string, string>;
}

const SOURCES: ReadonlySet<string> = new Set(['GEM', 'GIT', 'PATH', 'PLUGIN SOURCE']);
/** A text without any of them is no lock. */
const KNOWN: ReadonlySet<string> = new Set([
  ...SOURCES,
  'PLATFORMS',
  'DEPENDENCIES',
  'BUNDLED WITH',
]);
/** Bundler, `LockfileParser::NAME_VERSION`: indentation, name, version with platform, remarks. */
const ENTRY = /^( {2}| {4}| {6})([^\s(!]{1,200})(?: \(([^()]{0,1000})\))?(!)?(?: (\S{1,1000}))?$/;

/**
 * Reads Gemfile.lock or gems.locked (Bundler, lib/bundler/lockfile_parser.rb). A line of a known
 * part that Bundler would not write is a failure.
 */
export function parseBundlerLock(file: string, bytes: Uint8Array): Result<BundlerLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = new BundlerReading();
  for (const [at, line] of text.value.split(/\r?\n/).entries()) {
    const flaw = line.trim() === '' ? null : lock.take(line.trimEnd(), at + 1);
    if (flaw !== null)
      return fail('MALFORMED', `${file}:${at + 1}: ${flaw}`, 'Write the lock again: bundle lock');
  }
  if (!lock.isLock)
    return fail('MALFORMED', `${file} is no lock of Bundler`, 'Write the lock again: bundle lock');
  // Bundler writes it last of what names gems, also where it is empty.
  // mutant gemfile-lock-that-was-cut by cut-files: condition -> false
  if (!lock.hasDependencies)
    return fail('MALFORMED', `${file} has no DEPENDENCIES`, 'Write the lock again: bundle lock');
  return ok(lock);
}

/** `name (version-platform)`, as Bundler writes it. */
export function formatGem({
  name,
  version,
  platform,
}: Pick<LockedGem, 'name' | 'version' | 'platform'>): string {
  return `${name} (${version}${platform === null ? '' : `-${platform}`})`;
}

class BundlerReading implements BundlerLock {
  readonly gems: LockedGem[] = [];
  readonly sources: GemSource[] = [];
  readonly dependencies = new Map<string, string>();
  readonly checksums = new Map<string, string>();
  isLock = false;
  hasDependencies = false;
  #section = '';

  /** What is wrong with a line; null where nothing is. */
  take(line: string, number: number): string | null {
    if (/^(?:<{7}|={7}|>{7}|\|{7})/.test(line)) return 'it has conflicts of a merge';
    if (!line.startsWith(' ')) return this.#begin(line);
    if (SOURCES.has(this.#section)) return this.#takeSource(line, number);
    const entry = ENTRY.exec(line);
    if (this.#section === 'DEPENDENCIES') {
      if (entry === null) return 'it is no dependency';
      this.dependencies.set(entry[2] ?? '', entry[3] ?? '');
    } else if (this.#section === 'CHECKSUMS') {
      const sha256 = /(?:^|,)sha256=([0-9a-f]{64})(?:,|$)/i.exec(entry?.[5] ?? '')?.[1];
      if (entry === null) return 'it is no checksum';
      if (sha256 !== undefined)
        this.checksums.set(`${entry[2]} (${entry[3] ?? ''})`, sha256.toLowerCase());
    }
    return this.#section === '' ? 'it belongs to no part of the lock' : null;
  }

  #begin(line: string): null {
    // Bundler reads over the parts that it does not know: later versions add some.
    this.#section = line;
    this.isLock ||= KNOWN.has(line);
    this.hasDependencies ||= line === 'DEPENDENCIES';
    if (SOURCES.has(line))
      this.sources.push({ kind: line as GemSource['kind'], remotes: [], revision: null });
    return null;
  }

  #takeSource(line: string, number: number): string | null {
    const source = this.sources.at(-1);
    if (source === undefined) return 'it belongs to no source';
    const option = /^ {2}([a-z]{1,40}):(?: (.{0,4000}))?$/.exec(line);
    if (option !== null) {
      const [, key, value = ''] = option;
      if (key === 'remote') source.remotes.push(value);
      if (key === 'revision') source.revision = value;
      return null;
    }
    const entry = ENTRY.exec(line);
    if (entry === null || entry[1] === '  ') return 'it is no gem';
    const [, indent, name = '', written = ''] = entry;
    if (indent === '      ') {
      const last = this.gems.at(-1);
      if (last === undefined || last.source !== source) return 'it belongs to no gem';
      last.needs.push(name);
      return null;
    }
    // A version has no hyphen here: what follows the first one is the platform.
    const hyphen = written.indexOf('-');
    const version = hyphen === -1 ? written : written.slice(0, hyphen);
    const platform = hyphen === -1 ? null : written.slice(hyphen + 1);
    if (!/^\d[0-9A-Za-z.]*$/.test(version)) return 'it has no version';
    this.gems.push({ name, version, platform, source, needs: [], line: number });
    return null;
  }
}
