import type { Instant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { isCve } from '../alias-groups.ts';
import { listObjects, listTexts, takeObject, takeText } from './csaf-tree.ts';
import {
  ALWAYS_AFFECTED,
  buildAffected,
  buildRangeBefore,
  type FeedFormat,
  malformed,
  NEVER_AFFECTED,
  removeDuplicates,
  requireObject,
} from './feed-format.ts';
import { toUtcInstant } from './utc-instant.ts';
import { findWindowsProduct, isBuild, pickLaterBuild } from './windows-builds.ts';

/**
 * The security updates of a month of the Microsoft Security Response Center, as its API 2 and 3
 * give them in JSON (api.msrc.microsoft.com/cvrf; CVRF 1.1). Only what it says of Windows itself is
 * read, by builds: each update has all earlier ones. A month says nothing of what others fixed, so
 * it is the feed of nothing by itself.
 */
export const MSRC: FeedFormat = {
  name: 'MSRC',
  recognises: (start) =>
    /^\s*\{/.test(start) && start.includes('"DocumentTitle"') && start.includes('"DocumentType"'),
  reads: 'feed',
  begin: () => {
    let exportedAt: Instant | null = null;
    return {
      read: (_, value) => {
        const document = requireObject(value, 'the document');
        const tracking = takeObject(document, 'DocumentTracking');
        exportedAt = toUtcInstant(getOwn(tracking, 'CurrentReleaseDate'));
        const products = listProducts(takeObject(document, 'ProductTree'));
        const about = { products, exportedAt };
        return requireVulnerabilities(document).flatMap((one) => readVulnerability(one, about));
      },
      finish: () => ({ covers: [], part: null, exportedAt }),
    };
  },
};

interface About {
  /** Names of products by their ids. */
  readonly products: ReadonlyMap<string, string>;
  readonly exportedAt: Instant | null;
}

function requireVulnerabilities(document: JsonObject): readonly JsonObject[] {
  const listed = getOwn(document, 'Vulnerability');
  // mutant month-without-vulnerabilities by read-msrc: condition -> false
  if (!Array.isArray(listed)) throw malformed('it has no list of vulnerabilities');
  return (listed as readonly JsonValue[]).map((one) => requireObject(one, 'a vulnerability'));
}

function listProducts(tree: JsonObject): ReadonlyMap<string, string> {
  const named = listObjects(tree, 'FullProductName').map(
    (product) => [takeText(product, 'ProductID'), takeText(product, 'Value')] as const,
  );
  return new Map(named);
}

function readVulnerability(one: JsonObject, about: About): readonly JsonObject[] {
  const cve = takeText(one, 'CVE');
  if (!isCve(cve)) return [];
  const affected = listAffected(one, about);
  if (affected.length === 0) return [];
  const dates = listObjects(one, 'RevisionHistory')
    .flatMap((revision) => toUtcInstant(getOwn(revision, 'Date')) ?? [])
    .toSorted((a, b) => a - b);
  const [published, modified] = [dates[0], dates.at(-1) ?? about.exportedAt];
  const summary = takeText(takeObject(one, 'Title'), 'Value');
  return [
    {
      id: `MSRC-${cve}`,
      aliases: [cve],
      ...(modified === null ? {} : { modified: new Date(modified).toISOString() }),
      ...(published === undefined ? {} : { published: new Date(published).toISOString() }),
      ...(summary === '' ? {} : { summary }),
      severity: listVectors(one),
      affected,
    },
  ];
}

type Status = 'affected' | 'not_affected' | 'unknown';

/** Types of a product's status: numbers of API 3, words of CVRF 1.1 §6.9. Fixes say the rest. */
const STATUSES: ReadonlyMap<JsonValue | undefined, Status> = new Map<JsonValue | undefined, Status>(
  [
    [0, 'affected'],
    ['First Affected', 'affected'],
    [3, 'affected'],
    ['Known Affected', 'affected'],
    [5, 'affected'],
    ['Last Affected', 'affected'],
    [4, 'not_affected'],
    ['Known Not Affected', 'not_affected'],
    [7, 'unknown'],
    ['Under Investigation', 'unknown'],
    [undefined, 'affected'],
  ],
);

function listAffected(one: JsonObject, { products }: About): readonly JsonObject[] {
  const fixes = readFixes(one);
  const words = readWords(one);
  const said = listObjects(one, 'ProductStatuses').flatMap((status) => {
    const means = STATUSES.get(getOwn(status, 'Type'));
    return means === undefined
      ? []
      : listTexts(status, 'ProductID').map((id) => [id, means] as const);
  });
  return removeDuplicates(
    said.flatMap(([id, means]) => {
      const fix = fixes.get(id) ?? null;
      const product = findWindowsProduct(products.get(id) ?? '', fix?.build ?? null);
      if (product === null) return [];
      const word = words.get(id);
      const more = word === undefined ? {} : { ecosystem_specific: { severity: word } };
      return [buildAffected(product.ecosystem, product.line, toRange(means, fix), more)];
    }),
  );
}

/** Null: there is an update, and nothing says which build it gives. */
function toRange(means: Status, fix: Fix | null): JsonObject | null {
  if (means === 'not_affected') return NEVER_AFFECTED;
  if (means === 'unknown') return null;
  if (fix === null) return ALWAYS_AFFECTED;
  // mutant update-without-a-build-fixes-all by read-msrc: value -> NEVER_AFFECTED
  return fix.build === null ? null : buildRangeBefore(fix.build);
}

interface Fix {
  readonly build: string | null;
}

const VENDOR_FIXES: ReadonlySet<JsonValue | undefined> = new Set([2, 'Vendor Fix', 'VendorFix']);

/** The fix of each product; of several builds the last one, which has all of them. */
function readFixes(one: JsonObject): ReadonlyMap<string, Fix> {
  const fixes = new Map<string, Fix>();
  for (const remediation of listObjects(one, 'Remediations')) {
    if (!VENDOR_FIXES.has(getOwn(remediation, 'Type'))) continue;
    const build = takeText(remediation, 'FixedBuild').trim();
    for (const id of listTexts(remediation, 'ProductID'))
      fixes.set(id, { build: mergeBuilds(fixes.get(id)?.build ?? null, build) });
  }
  return fixes;
}

function mergeBuilds(known: string | null, build: string): string | null {
  if (!isBuild(build)) return known;
  // mutant first-of-two-builds by read-msrc: value -> known ?? build
  return known === null ? build : pickLaterBuild(known, build);
}

const SEVERITY_THREATS: ReadonlySet<JsonValue | undefined> = new Set([3, 'Severity']);

/** Microsoft's own word by product. */
function readWords(one: JsonObject): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const threat of listObjects(one, 'Threats')) {
    const word = takeText(takeObject(threat, 'Description'), 'Value');
    if (!SEVERITY_THREATS.has(getOwn(threat, 'Type')) || word === '' || word.length > 40) continue;
    for (const id of listTexts(threat, 'ProductID')) words.set(id, word);
  }
  return words;
}

function listVectors(one: JsonObject): readonly JsonObject[] {
  return removeDuplicates(
    listObjects(one, 'CVSSScoreSets').flatMap((set) => {
      const score = takeText(set, 'Vector');
      return score === '' ? [] : [{ type: 'CVSS_V3', score }];
    }),
  );
}
