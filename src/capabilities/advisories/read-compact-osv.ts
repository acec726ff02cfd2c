import type { Instant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import {
  CompactCursor,
  NO_FRAME,
  NOT_COMPACT,
  NOTHING_PASSED,
  type PassedValue,
} from '../../formats/json/compact-cursor.ts';
import type {
  Advisory,
  AffectedPackage,
  SeverityVector,
  VersionEvent,
  VersionRange,
} from './advisory.ts';
import { SAMPLE_MARK } from './advisory-record.ts';
import { foldPackageName } from './fold-package-name.ts';
import {
  buildAdvisory,
  countVersions,
  listOthers,
  type OsvMembers,
  parseDate,
  removeDuplicates,
} from './parse-osv.ts';
import { OWN_MEMBERS, RATING_MEMBERS, readStatedSeverities } from './stated-severity.ts';

/**
 * Reads OSV records from JSON as JSON.stringify writes it, without making its values first: of a
 * feed, most of what they hold is read by nobody, and records repeat each other. Null for a record
 * that it leaves to parseJson and readOsv: one of another form, or one that they refuse. What it
 * reads is what they read.
 *
 * @example new CompactOsvReader().read(line) ?? readOsv(orThrow(parseJson(line, options)))
 */
export class CompactOsvReader {
  readonly #cursor = new CompactCursor();
  /** What the entry before had: those of one record mostly have the same. */
  #ecosystem = '';
  #version = '';
  #ranges: PassedRanges = { value: [], passed: NOTHING_PASSED };
  #entry: AffectedPackage = NO_ENTRY;
  #frame = NO_FRAME;
  #namePlace = { start: 0, end: 0 };
  readonly #own = new Map<string, PassedValue>();

  read(line: Uint8Array): Advisory | null {
    if (line.length > LIMITS.advisoryBytesMax) return null;
    try {
      this.#cursor.start(line);
      const advisory = this.#readRecord();
      this.#cursor.end();
      return advisory;
    } catch (thrown) {
      if (thrown === NOT_COMPACT) return null;
      throw thrown;
    }
  }

  #readRecord(): Advisory {
    const cursor = this.#cursor;
    const said = createMembers();
    const holder: Record<string, JsonObject> = {};
    cursor.openObject();
    while (cursor.nextMember()) {
      if (cursor.isKey('id')) said.id = this.#readName();
      else if (cursor.isKey('aliases')) said.aliases = this.#readNames();
      else if (cursor.isKey('related')) said.related = this.#readNames();
      else if (cursor.isKey('upstream')) said.upstream = this.#readNames();
      else if (cursor.isKey('modified')) said.modified = parseDate(cursor.readPlain());
      else if (cursor.isKey('published')) said.published = parseDate(cursor.readPlain());
      else if (cursor.isKey('withdrawn')) said.withdrawn = this.#readWithdrawal();
      else if (cursor.isKey('summary')) said.summary = cursor.readText();
      else if (cursor.isKey('affected')) said.affected = this.#readAffected();
      else this.#readOther(holder);
    }
    const { id } = said;
    // mutant compact-record-without-id: condition -> false
    if (id === '' || countVersions(said.affected) > LIMITS.advisoryVersionsMax) throw NOT_COMPACT;
    return buildAdvisory({
      ...said,
      aliases: listOthers(said.aliases, id),
      related: listOthers(said.related, id),
      upstream: listOthers(said.upstream, id),
      severities: readSeverities(holder),
    });
  }

  /** A text that is kept does not keep its document in memory. */
  #readName(): string {
    return this.#copyName(this.#cursor.readPlain());
  }

  #copyName(name: string): string {
    // mutant compact-name-of-any-length: condition -> false
    if (name === '' || name.length > LIMITS.purlBytesMax) throw NOT_COMPACT;
    return name.length < SLICE_CHARACTERS ? name : this.#cursor.copyPlain();
  }

  #readNames(): readonly string[] {
    const names: string[] = [];
    this.#cursor.openList();
    while (this.#cursor.nextItem()) names.push(this.#readName());
    return names;
  }

  #readWithdrawal(): Instant {
    const at = parseDate(this.#cursor.readPlain());
    // mutant compact-withdrawal-without-a-date: condition -> false
    if (at === null) throw NOT_COMPACT;
    return at;
  }

  #readAffected(): readonly AffectedPackage[] {
    const affected: AffectedPackage[] = [];
    this.#cursor.openList();
    while (this.#cursor.nextItem()) {
      const entry = this.#readEntry();
      if (entry !== null) affected.push(entry);
    }
    return affected;
  }

  /** Null for an entry without a package. Most differ from the one before by their name. */
  #readEntry(): AffectedPackage | null {
    const other = this.#cursor.readFramed(this.#frame);
    const { ecosystem, ranges, versions, severities } = this.#entry;
    if (other !== null) {
      const name = foldPackageName(ecosystem, this.#copyName(other));
      return { ecosystem, name, ranges, versions, severities };
    }
    const mark = this.#cursor.mark();
    const entry = this.#readOtherEntry();
    if (entry === null) return null;
    this.#entry = entry;
    this.#frame = this.#cursor.keepFrame(mark, this.#namePlace);
    return entry;
  }

  #readOtherEntry(): AffectedPackage | null {
    const cursor = this.#cursor;
    let named: PackageName | null = null;
    let ranges: readonly VersionRange[] = [];
    let versions: readonly string[] = [];
    let holder: Record<string, JsonObject> | null = null;
    cursor.openObject();
    while (cursor.nextMember()) {
      if (cursor.isKey('package')) named = this.#readPackage();
      else if (cursor.isKey('ranges')) ranges = this.#readRanges();
      else if (cursor.isKey('versions')) versions = this.#readVersions();
      else {
        holder ??= {};
        this.#readOther(holder);
      }
    }
    if (named === null) return null;
    const severities = holder === null ? NO_SEVERITIES : readSeverities(holder);
    return { ...named, ranges, versions, severities };
  }

  #readPackage(): PackageName {
    const cursor = this.#cursor;
    let ecosystem = '';
    let name = '';
    cursor.openObject();
    while (cursor.nextMember()) {
      if (cursor.isKey('ecosystem')) ecosystem = this.#readEcosystem();
      else if (cursor.isKey('name')) {
        name = this.#readName();
        this.#namePlace = cursor.namePlace;
      } else cursor.skip();
    }
    if (ecosystem === '' || name === '') throw NOT_COMPACT;
    return { ecosystem, name: foldPackageName(ecosystem, name) };
  }

  #readEcosystem(): string {
    const ecosystem = this.#cursor.readPlainOr(this.#ecosystem);
    if (ecosystem === this.#ecosystem) return ecosystem;
    if (ecosystem.length > LIMITS.purlBytesMax) throw NOT_COMPACT;
    this.#ecosystem = this.#cursor.copyPlain();
    return this.#ecosystem;
  }

  #readRanges(): readonly VersionRange[] {
    const cursor = this.#cursor;
    if (cursor.skipIf(this.#ranges.passed)) return this.#ranges.value;
    const ranges: VersionRange[] = [];
    const passed = cursor.passValue(() => {
      cursor.openList();
      while (cursor.nextItem()) ranges.push(this.#readRange());
    });
    this.#ranges = { value: ranges, passed };
    return ranges;
  }

  #readRange(): VersionRange {
    const cursor = this.#cursor;
    const events: VersionEvent[] = [];
    let type = '';
    cursor.openObject();
    while (cursor.nextMember()) {
      if (cursor.isKey('type')) type = cursor.readPlain();
      else if (cursor.isKey('events') && type === 'GIT') cursor.skip();
      else if (cursor.isKey('events')) this.#readEvents(events);
      else cursor.skip();
    }
    if (type === 'GIT') return { type, events: [] };
    // mutant compact-range-without-events: condition -> false
    if (events.length === 0) throw NOT_COMPACT;
    if (type === 'SEMVER') return { type, events };
    if (type === 'ECOSYSTEM') return { type, events };
    throw NOT_COMPACT;
  }

  #readEvents(events: VersionEvent[]): void {
    const cursor = this.#cursor;
    cursor.openList();
    while (cursor.nextItem()) {
      const before = events.length;
      cursor.openObject();
      while (cursor.nextMember()) {
        const kind = cursor.findKey(EVENT_KINDS);
        if (kind === null) cursor.skip();
        else events.push({ kind, version: this.#readVersion() });
      }
      // Of several in one event, readOsv knows the order.
      // mutant compact-events-in-any-order: condition -> false
      if (events.length !== before + 1) throw NOT_COMPACT;
    }
  }

  #readVersion(): string {
    const version = this.#cursor.readPlainOr(this.#version);
    if (version === '' || version.length > LIMITS.versionBytesMax) throw NOT_COMPACT;
    this.#version = version;
    return version;
  }

  #readVersions(): readonly string[] {
    const versions: string[] = [];
    this.#cursor.openList();
    while (this.#cursor.nextItem()) versions.push(this.#readVersion());
    return removeDuplicates(versions);
  }

  /** Members that may state a severity go into the holder, as JSON.parse gives them. */
  #readOther(holder: Record<string, JsonObject>): void {
    const cursor = this.#cursor;
    const key = cursor.findKey(STATING_MEMBERS);
    // mutant compact-sample: condition -> false
    if (cursor.isKey(SAMPLE_MARK)) throw NOT_COMPACT;
    if (key === null) {
      cursor.skip();
      return;
    }
    const before = this.#own.get(key) ?? NOTHING_PASSED;
    if (key !== 'severity' && cursor.skipIf(before)) return;
    let states = key === 'severity';
    const passed = cursor.passValue(() => {
      if (states) cursor.skip();
      else states = this.#passOwn();
    });
    if (!states) this.#own.set(key, passed);
    else if (passed.text === '') throw NOT_COMPACT;
    else holder[key] = JSON.parse(passed.text) as JsonObject;
  }

  /** Whether one of the members states a severity. */
  #passOwn(): boolean {
    const cursor = this.#cursor;
    let states = false;
    cursor.openObject();
    while (cursor.nextMember()) {
      states ||= RATING_MEMBERS.has(cursor.key);
      cursor.skip();
    }
    return states;
  }
}

interface PassedRanges {
  readonly value: readonly VersionRange[];
  readonly passed: PassedValue;
}

type PackageName = Pick<AffectedPackage, 'ecosystem' | 'name'>;

const EVENT_KINDS = ['introduced', 'fixed', 'last_affected', 'limit'] as const;
const STATING_MEMBERS = ['severity', ...OWN_MEMBERS] as const;

const NO_SEVERITIES: readonly SeverityVector[] = [];
const NO_ENTRY: AffectedPackage = {
  ...{ ecosystem: '', name: '', ranges: [], versions: [] },
  severities: NO_SEVERITIES,
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function createMembers(): Writable<OsvMembers> {
  return {
    id: '',
    aliases: [],
    related: [],
    upstream: [],
    modified: null,
    published: null,
    withdrawn: null,
    severities: [],
    summary: undefined,
    affected: [],
  };
}

function readSeverities(holder: JsonObject): readonly SeverityVector[] {
  const stated = readStatedSeverities(holder);
  if (stated === null) throw NOT_COMPACT;
  return stated;
}

/** A slice of a text keeps all of it in memory; V8 copies what is shorter than this. */
const SLICE_CHARACTERS = 13;
