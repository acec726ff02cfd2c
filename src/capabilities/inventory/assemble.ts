import { formatCount } from '../../core/count.ts';
import type { Digest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { canonicalisePackage } from '../../core/package-purl.ts';
import { formatPurl, type Purl, toCanonicalPurl } from '../../core/purl.ts';
import type { Result } from '../../core/result.ts';
import type {
  Component,
  Inventory,
  InventorySubject,
  OperatingSystem,
  Skip,
  UnexplainedFiles,
} from '../ecosystems/index.ts';
import {
  createSkip,
  type Draft,
  type Ecosystem,
  findByExtractor,
  findByPurlType,
  findSupplier,
} from '../ecosystems/index.ts';
import type { FileResult, Layer } from './file-requests.ts';

/** All that was read from a target, before it becomes an inventory. */
export interface InventoryInput {
  readonly subject: InventorySubject;
  readonly os: OperatingSystem | null;
  readonly readings: readonly FileResult[];
  /** Licences that a file of the distribution states; null without a machine-readable one. */
  readonly findLicences: (path: string) => readonly string[] | null;
  readonly skips: readonly Skip[];
  readonly unexplained: UnexplainedFiles | null;
  readonly notes: readonly string[];
}

/** Builds the inventory of a target: sorted, and each purl once. */
export function assembleInventory(findings: InventoryInput): Inventory {
  const skips = [
    ...findings.skips,
    ...findings.readings.flatMap(({ extracted }) => extracted.skips),
  ];
  const united = new Map<Purl, MergedComponent>();
  const beside = new DraftPurls(findings);
  for (const reading of findings.readings)
    addFileResult(united, reading, { findings, skips, beside });
  if (findings.os === null) skips.push(...listUnnamedSystems(findings.readings));
  const sorted = [...united.values()].sort((one, other) =>
    compareText(one.component.purl, other.component.purl),
  );
  if (sorted.length > LIMITS.componentsMax) skips.push(skipExcess(findings.subject.name));
  const notes = limitNotes([
    ...findings.notes,
    ...findings.readings.flatMap(({ extracted }) => extracted.notes ?? []),
  ]);
  const direct = findDirect(findings.readings, beside);
  const databases = findings.readings.filter(({ request }) => request.extractor.database);
  return {
    subject: findings.subject,
    os: findings.os,
    components: sorted.slice(0, LIMITS.componentsMax).map(({ component }) => component),
    outcome: skips.length === 0 ? 'complete' : 'partial',
    skips: limitSkips(skips),
    found: [...new Set(databases.map(({ request }) => request.extractor.name))].sort(),
    ...(findings.unexplained === null ? {} : { unexplained: findings.unexplained }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(direct === null ? {} : { direct }),
  };
}

/** Null unless every file with packages says what the project itself requires. */
function findDirect(readings: readonly FileResult[], purls: DraftPurls): readonly Purl[] | null {
  const found = new Set<Purl>();
  for (const { extracted } of readings) {
    if (extracted.drafts.length === 0) continue;
    if (extracted.direct === undefined) return null;
    const wanted = new Set(extracted.direct);
    for (const draft of extracted.drafts) {
      const purl = wanted.has(draft.key) ? purls.build(draft) : null;
      if (purl?.ok === true) found.add(purl.value);
    }
  }
  return found.size === 0 ? null : [...found].sort(compareText);
}

interface MergedComponent {
  component: Component;
  layerIndex: number;
}

/** The purl of each draft, built once, and those of ecosystems whose files name one another. */
class DraftPurls {
  readonly #os: OperatingSystem | null;
  readonly #built = new Map<Draft, Result<Purl>>();
  readonly #known = new Map<Ecosystem, Map<string, Purl>>();

  constructor({ readings, os }: InventoryInput) {
    this.#os = os;
    for (const { request, extracted } of readings) {
      const ecosystem = findByExtractor(request.extractor);
      if (ecosystem?.combine === undefined) continue;
      const purls = this.#known.get(ecosystem) ?? new Map<string, Purl>();
      this.#known.set(ecosystem, purls);
      for (const draft of extracted.drafts) {
        const purl = this.build(draft);
        if (purl.ok) purls.set(draft.key, purl.value);
      }
    }
  }

  build(draft: Draft): Result<Purl> {
    const built = this.#built.get(draft) ?? buildPurl(draft, this.#os);
    this.#built.set(draft, built);
    return built;
  }

  find({ request }: FileResult, key: string): Purl | undefined {
    const ecosystem = findByExtractor(request.extractor);
    return ecosystem === null ? undefined : this.#known.get(ecosystem)?.get(key);
  }
}

interface AssemblyState {
  readonly findings: InventoryInput;
  readonly skips: Skip[];
  readonly beside: DraftPurls;
}

function addFileResult(
  united: Map<Purl, MergedComponent>,
  reading: FileResult,
  { findings, skips, beside }: AssemblyState,
): void {
  const purls = new Map<string, Purl>();
  for (const draft of reading.extracted.drafts) {
    const purl = beside.build(draft);
    if (purl.ok) purls.set(draft.key, purl.value);
    else skips.push({ location: reading.request.path, cause: purl.failure });
  }
  for (const draft of reading.extracted.drafts) {
    const purl = purls.get(draft.key);
    if (purl === undefined) continue;
    const layer = reading.since?.get(draft.key) ?? null;
    const dependsOn = draft.needs
      .map((key) => purls.get(key) ?? beside.find(reading, key))
      .filter((need) => need !== undefined);
    mergeComponent(
      united,
      layer,
      buildComponent(draft, purl, { dependsOn, layer: layer?.diffId ?? null, findings }),
    );
  }
}

/** A package's distribution is only known after the whole target was read. */
function buildPurl({ parts }: Draft, os: OperatingSystem | null): Result<Purl> {
  const distribution = findByPurlType(parts.type)?.distribution;
  const whole = canonicalisePackage(distribution?.completeParts(parts, os) ?? parts);
  return toCanonicalPurl(formatPurl(whole));
}

interface ComponentContext {
  readonly dependsOn: readonly Purl[];
  readonly layer: Digest | null;
  readonly findings: InventoryInput;
}

function buildComponent(
  draft: Draft,
  purl: Purl,
  { dependsOn, layer, findings }: ComponentContext,
): Component {
  const { name, version, source, locations, hashes, origin, development } = draft;
  const distribution = findByPurlType(draft.parts.type)?.distribution;
  const declared =
    distribution?.findLicencePath === undefined
      ? null
      : findings.findLicences(distribution.findLicencePath(draft));
  const licenses = declared ?? draft.licenses;
  const { vendor } = draft;
  const isOwn = vendor === undefined || vendor === findSupplier(purl);
  return {
    purl,
    name,
    version,
    licenses,
    source,
    locations,
    layer,
    hashes,
    origin,
    dependsOn,
    development,
    ...(isOwn ? {} : { supplier: vendor }),
  };
}

function mergeComponent(
  united: Map<Purl, MergedComponent>,
  layer: Layer | null,
  component: Component,
): void {
  const layerIndex = layer?.index ?? 0;
  const old = united.get(component.purl);
  if (old === undefined) {
    united.set(component.purl, {
      component: { ...component, dependsOn: mergeSorted(component.dependsOn, []) },
      layerIndex,
    });
    return;
  }
  const one = old.component;
  old.component = {
    ...one,
    licenses: mergeSorted(one.licenses, component.licenses),
    source: one.source ?? component.source,
    locations: mergeSorted(one.locations, component.locations),
    layer: layerIndex < old.layerIndex ? component.layer : one.layer,
    hashes: { ...component.hashes, ...one.hashes },
    origin: one.origin ?? component.origin,
    dependsOn: mergeSorted(one.dependsOn, component.dependsOn),
    development: one.development && component.development,
  };
  old.layerIndex = Math.min(old.layerIndex, layerIndex);
}

function mergeSorted<T extends string>(one: readonly T[], other: readonly T[]): readonly T[] {
  return [...new Set([...one, ...other])].sort(compareText);
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function limitSkips(skips: readonly Skip[]): readonly Skip[] {
  const sorted = [...skips].sort((one, other) => compareText(one.location, other.location));
  if (sorted.length <= LIMITS.skipsMax) return sorted;
  const more = formatCount(sorted.length - LIMITS.skipsMax + 1, 'more place');
  const why = `${more} could not be read`;
  const last = createSkip('.', 'LIMIT_EXCEEDED', why, 'Fix the places that are named first.');
  return [...sorted.slice(0, LIMITS.skipsMax - 1), last];
}

function limitNotes(notes: readonly string[]): readonly string[] {
  if (notes.length <= LIMITS.skipsMax) return notes;
  const more = formatCount(notes.length - LIMITS.skipsMax + 1, 'more remark');
  return [...notes.slice(0, LIMITS.skipsMax - 1), more];
}

/** Packages of a distribution without a name and release. */
function listUnnamedSystems(readings: readonly FileResult[]): readonly Skip[] {
  const types = new Set(
    readings.flatMap(({ extracted }) => extracted.drafts.map(({ parts }) => parts.type)),
  );
  return [...types].flatMap((type) => {
    const title = findByPurlType(type)?.distribution?.title;
    if (title === undefined) return [];
    const why = `nothing names the distribution that its ${title} packages belong to`;
    return [
      createSkip('etc/os-release', 'FACT_UNKNOWN', why, 'Keep /etc/os-release in the image.'),
    ];
  });
}

function skipExcess(name: string): Skip {
  return createSkip(
    name,
    'LIMIT_EXCEEDED',
    `over ${LIMITS.componentsMax} components`,
    'Take the inventory of each part.',
  );
}
