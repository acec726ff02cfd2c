import { formatCount } from '../../../core/count.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import type { Purl } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { Component, Inventory, OperatingSystem, Skip } from '../../ecosystems/index.ts';
import { identifyPackage, identifyStated, type PackageIdentity } from './package-identity.ts';
import type { SbomEncoding, SbomFormat } from './sbom-format.ts';

/** The claims of an SBOM. Trust decides whether they count, not the reader. */
export interface ParsedSbom {
  readonly format: SbomFormat;
  readonly encoding: SbomEncoding;
  /** The first tool that it names, as `name-version` where both are stated. */
  readonly tool: string | null;
  readonly createdAt: Instant | null;
  /** The image digest that it says it describes. */
  readonly subject: Digest | null;
  readonly claim: SbomClaim;
  /** How many vulnerabilities it states, which are not read; absent where it states none. */
  readonly vulnerabilities?: number;
  /**
   * Complete only where the document claims it and every package in it could be identified: the
   * absence of a doubt is no claim.
   */
  readonly inventory: Inventory;
}

/**
 * What a document says about whether it lists everything. Most tools say nothing, which is null:
 * it is then unknown.
 */
export type SbomClaim = 'complete' | 'partial' | null;

export type Source = NonNullable<Component['source']>;

/** A component while its document is being read. */
export interface Draft {
  readonly purl: Purl;
  readonly name: string;
  readonly version: string;
  licenses: readonly string[];
  licensesFrom?: string;
  source: Source | null;
  locations: readonly string[];
  layer: Digest | null;
  hashes: Record<string, string>;
  origin: string | null;
  supplier?: string;
  /** The purls of its dependencies; sorted and made unique at the end. */
  dependsOn: readonly Purl[];
  development: boolean;
}

export interface StatedPackage {
  readonly purls: readonly string[];
  readonly version: string;
  /** The name of the package in the document, for messages. */
  readonly label: string;
  /** It is an image whose packages the document lists as packages of their own. */
  readonly contentsListed?: boolean;
}

const LABELS_MAX = 5;

/** A part of the software that the document does not list: the list is not whole. */
export const LOST = 'named in the dependencies and not described';

export const CLOSED_IMAGE = 'for an image whose contents are not listed';

/** Collects what is read, merges packages that are named twice, and counts unknown ones. */
export class ComponentCollector {
  readonly drafts = new Map<Purl, Draft>();
  readonly skips: Skip[] = [];
  /**
   * Purls that some entry calls development only, and purls that some entry does not: the latter
   * win.
   */
  readonly development = new Set<Purl>();
  readonly shipped = new Set<Purl>();
  /** Debian source packages, by the binary packages that the document says they produce. */
  readonly sources = new Map<string, Source>();
  /**
   * Whether the tool leaves out a source package of the binary's own name and version (Syft,
   * cdxgen).
   */
  sourceIsOwnByDefault = false;
  readonly #unknown = new Map<string, { count: number; labels: string[] }>();

  /**
   * The component of a package of the document, or null when the package is not one. A package that
   * a null hides is counted.
   */
  admit(stated: StatedPackage): Draft | null {
    let first: Draft | null = null;
    for (const text of stated.purls) {
      const identity = this.#identify(text, stated);
      if (identity === null) continue;
      if (identity.kind === 'image' && stated.contentsListed !== true)
        this.noteUnknown(CLOSED_IMAGE, stated.label);
      if (identity.kind !== 'package') continue;
      const draft = this.#findDraft(identity);
      first ??= draft;
    }
    if (stated.purls.length === 0) this.noteUnknown('without a package URL', stated.label);
    return first;
  }

  /** Takes a component that was read alone; one that is there already gains what it lacked. */
  adopt(draft: Draft): Draft {
    const present = this.drafts.get(draft.purl);
    if (present === undefined) {
      this.drafts.set(draft.purl, draft);
      return draft;
    }
    present.source ??= draft.source;
    for (const license of draft.licenses) addUnique(present, 'licenses', license);
    for (const [name, value] of Object.entries(draft.hashes)) setOwn(present.hashes, name, value);
    present.origin ??= draft.origin;
    present.layer ??= draft.layer;
    return present;
  }

  #identify(text: string, stated: StatedPackage): PackageIdentity | null {
    const identity = identifyPackage(text);
    if (identity === null) return this.noteUnknown('with a malformed package URL', stated.label);
    if (identity.kind !== 'package') return identity;
    if (identity.version !== '') {
      if (
        stated.version !== '' &&
        stated.version !== identity.version &&
        !areSameVersion(stated.version, identity.version)
      )
        this.noteUnknown('whose version and package URL disagree', stated.label);
      return identity;
    }
    const versioned = identifyStated(text, stated.version);
    return versioned === null || versioned.version === ''
      ? this.noteUnknown('without a version', stated.label)
      : versioned;
  }

  #findDraft(identity: PackageIdentity): Draft {
    const present = this.drafts.get(identity.purl);
    if (present !== undefined) {
      present.source ??= identity.source;
      return present;
    }
    const draft = createDraft(identity);
    this.drafts.set(identity.purl, draft);
    return draft;
  }

  /** Counts one more unknown package of a kind; always null, so that callers can return it. */
  noteUnknown(kind: string, label: string): null {
    const seen = this.#unknown.get(kind);
    if (seen === undefined) this.#unknown.set(kind, { count: 1, labels: [label.slice(0, 80)] });
    else {
      seen.count += 1;
      if (seen.labels.length < LABELS_MAX) seen.labels.push(label.slice(0, 80));
    }
    return null;
  }

  /**
   * Known unknowns, one skip for each kind, so that a hostile document cannot make a million of
   * them.
   */
  listUnknowns(): readonly Skip[] {
    return [...this.#unknown].map(([kind, { count, labels }]) => ({
      location: 'document',
      cause: new Failure(
        'FACT_UNKNOWN',
        `${formatCount(count, 'package')} ${kind}: ` +
          `${labels.join(', ')}${count > labels.length ? ', …' : ''}`,
        'Make the SBOM again with a tool that names every package by purl and version.',
      ),
    }));
  }

  #markDevelopment(purl: Purl): void {
    const draft = this.drafts.get(purl);
    if (draft !== undefined) draft.development = !this.shipped.has(purl);
  }

  #settleSources(): void {
    for (const draft of this.drafts.values())
      if (draft.source === null && draft.purl.startsWith('pkg:deb/'))
        draft.source = this.sources.get(draft.name) ?? {
          name: draft.name,
          version: stripRebuild(draft.version),
        };
  }

  finish(
    rest: Pick<Inventory, 'subject' | 'found' | 'unexplained'> & {
      os: OperatingSystem | null;
      claim: SbomClaim;
      /** It is in our own form, which says what was looked at. */
      isOwn: boolean;
    },
  ): Inventory {
    for (const purl of this.development) this.#markDevelopment(purl);
    if (this.sourceIsOwnByDefault || this.sources.size > 0) this.#settleSources();
    const components = [...this.drafts.values()].map(finishDraft);
    if (!isSorted(components)) components.sort((one, other) => (one.purl < other.purl ? -1 : 1));
    // mutant sbom-completeness-is-claimed by read-sbom, claims: condition -> false
    const silence = rest.claim === null ? [skipSilence()] : [];
    const { subject, found, unexplained = null } = rest;
    // mutant sbom-of-nothing-in-our-form by described-parts: value -> rest.isOwn
    const hasLooked = rest.isOwn && (found.length > 0 || unexplained !== null);
    // mutant sbom-of-nothing by read-sbom, claims: condition -> false
    if (rest.claim === 'complete' && components.length === 0 && !hasLooked)
      silence.push(skipNothing());
    const skips = [...this.skips, ...this.listUnknowns(), ...silence];
    const outcome = rest.claim !== 'partial' && skips.length === 0 ? 'complete' : 'partial';
    const os = rest.os ?? findDistro(components);
    const stated = unexplained === null ? {} : { unexplained };
    return { subject, os, components, outcome, skips, found, ...stated };
  }
}

/** A document that does not say that it lists everything proves presence, never absence. */
function skipSilence(): Skip {
  return {
    location: 'document',
    cause: new Failure(
      'FACT_UNKNOWN',
      'it does not say whether it lists everything',
      'Take the inventory of the software itself: waybill sbom. Or let the tool state it, as ' +
        'CycloneDX does in compositions.',
    ),
  };
}

/** "Everything is listed" of an empty list is also what a tool says that looked at nothing. */
function skipNothing(): Skip {
  return {
    location: 'document',
    cause: new Failure(
      'FACT_UNKNOWN',
      'it lists no component, so nothing shows that its tool looked at anything',
      'Take the inventory of the software itself: waybill sbom. It counts what belongs to no ' +
        'component.',
    ),
  };
}

/** Most lists of most drafts stay as they are: those of a large document share frozen ones. */
const NONE: readonly never[] = Object.freeze([]);

export function createDraft(
  { purl, name, version, source }: Omit<PackageIdentity, 'kind'>,
  hashes: Draft['hashes'] = {},
): Draft {
  return {
    purl,
    name,
    version,
    licenses: NONE,
    source,
    locations: NONE,
    layer: null,
    hashes,
    origin: null,
    dependsOn: NONE,
    development: false,
  };
}

function finishDraft(draft: Draft): Component {
  if (draft.dependsOn.length > 1) draft.dependsOn = [...new Set(draft.dependsOn)].sort();
  return draft;
}

function isSorted(components: readonly Pick<Component, 'purl'>[]): boolean {
  let last = '';
  for (const { purl } of components) {
    if (purl < last) return false;
    last = purl;
  }
  return true;
}

/**
 * A binary-only rebuild (`+b1`) has the source version without that mark (Debian policy 3.2.1,
 * binNMU).
 */
function stripRebuild(version: string): string {
  return version.replace(/[+]b[0-9]+$/, '');
}

/**
 * The distribution of the first operating-system package, where no component states a
 * distribution.
 */
function findDistro(components: readonly Component[]): OperatingSystem | null {
  const prefixes = ['pkg:apk/', 'pkg:deb/', 'pkg:rpm/'];
  const first = prefixes
    .map((prefix) => findByPrefix(components, prefix))
    .find((one) => one !== null);
  const distro = /[?&]distro=([a-z]+(?:-leap)?)-([0-9][0-9.]*)(?:&|$)/.exec(first?.purl ?? '');
  if (distro?.[1] === undefined) return null;
  return { id: distro[1], versionId: distro[2] ?? null, prettyName: null };
}

/** The first of a sorted list whose purl begins so. */
function findByPrefix(components: readonly Component[], prefix: string): Component | null {
  let [low, high] = [0, components.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((components[middle]?.purl ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  const found = components[low];
  return found?.purl.startsWith(prefix) === true ? found : null;
}

/** Spellings of one version: Go's `v`, an epoch that is only in one of the two. */
function areSameVersion(one: string, other: string): boolean {
  return stripPrefix(one) === stripPrefix(other);
}

function stripPrefix(version: string): string {
  return version.replace(/^(?:v(?=[0-9])|[0-9]+:)/, '');
}

/** Texts of one list, by the list, once it is too long to be searched. */
const LONG = new WeakMap<readonly string[], Set<string>>();
const SEARCHED_MAX = 32;

export function addDependency(draft: Draft, purl: Purl): void {
  draft.dependsOn = extend(draft.dependsOn, purl);
}

/** The list with one more item: the same list, unless it is an empty one that many share. */
function extend<T>(list: readonly T[], item: T): readonly T[] {
  if (Object.isFrozen(list)) return [...list, item];
  (list as T[]).push(item);
  return list;
}

/** Adds a value that is not in the list yet, however long the list is. */
export function addUnique(draft: Draft, key: 'licenses' | 'locations', text: string): void {
  if (text === '') return;
  const list = draft[key];
  if (list.length < SEARCHED_MAX) {
    if (!list.includes(text)) draft[key] = extend(list, text);
    return;
  }
  const known = LONG.get(list) ?? new Set(list);
  // mutant sbom-list-in-one-pass by linear-reading: remove
  if (!LONG.has(list)) LONG.set(list, known);
  if (known.has(text)) return;
  known.add(text);
  draft[key] = extend(list, text);
}

/** The text under a key; empty where there is none. */
export function readText(holder: JsonObject, key: string): string {
  const value = getOwn(holder, key);
  return typeof value === 'string' ? value : '';
}

export function readInstant(holder: JsonObject, key: string): Instant | null {
  const instant = parseInstant(readText(holder, key));
  return instant.ok ? instant.value : null;
}

export function failTooMany(count: number): Result<never> {
  return fail(
    'LIMIT_EXCEEDED',
    `the SBOM lists ${count} packages, over ${LIMITS.componentsMax}`,
    'Write one SBOM for each part that is shipped.',
  );
}

/** A list of the document; an absent one and null are empty. */
export function readList(holder: JsonObject, key: string): Result<readonly JsonValue[]> {
  const value = getOwn(holder, key);
  if (value === undefined || value === null) return ok([]);
  if (Array.isArray(value)) return ok(value);
  return fail('MALFORMED', `the SBOM's ${key} is not a list`, 'Make the SBOM again.');
}
