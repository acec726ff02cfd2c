import { Failure } from '../../../core/failure.ts';
import type { JsonObject } from '../../../core/json.ts';
import { isCve } from '../alias-groups.ts';
import { CsafTree, listObjects, listTexts, takeObject, takeText } from './csaf-tree.ts';
import { listWindowsAffected, listWindowsProducts } from './csaf-windows.ts';
import {
  ALWAYS_AFFECTED,
  buildAffected,
  buildRangeBefore,
  type FeedFormat,
  NEVER_AFFECTED,
  removeDuplicates,
  requireObject,
} from './feed-format.ts';
import { PUBLISHERS, type Publisher } from './rpm-publishers.ts';

/**
 * What the publisher of a distribution with packages of rpm says in the Common Security Advisory
 * Framework (OASIS CSAF 2.0): a document of VEX for each vulnerability (§4.5), or a bulletin for
 * several of them (§4.4), of which only the fixed versions are read. What is no package of rpm of
 * one of its releases, such as a container, is left out.
 */
export const CSAF: FeedFormat = {
  name: 'CSAF',
  recognises: (start) => /^\s*\{/.test(start) && start.includes('"csaf_version"'),
  reads: 'document',
  begin: () => ({
    read: (_, value) => readDocument(requireObject(value, 'the document')),
    finish: () => null,
  }),
};

function readDocument(document: JsonObject): readonly JsonObject[] {
  const head = takeObject(document, 'document');
  const tracking = takeObject(head, 'tracking');
  const host = readHost(takeText(takeObject(head, 'publisher'), 'namespace'));
  // §3.2.1.12.6: a draft is for the one who writes it.
  // mutant csaf-draft-is-a-feed by read-csaf: remove
  if (takeText(tracking, 'status') === 'draft') return [];
  const dates = {
    modified: takeText(tracking, 'current_release_date'),
    published: takeText(tracking, 'initial_release_date'),
  };
  const vulnerabilities = listObjects(document, 'vulnerabilities');
  const products = takeObject(document, 'product_tree');
  if (MICROSOFT.has(host)) return readWindows(vulnerabilities, products, { head, dates });
  const publisher = findPublisher(host);
  const about = { head, publisher, tree: new CsafTree(products), dates };
  if (takeText(head, 'category') === 'csaf_vex')
    return vulnerabilities.flatMap((one) => readVex(one, about));
  return readBulletin(vulnerabilities, takeText(tracking, 'id'), about);
}

interface About {
  readonly head: JsonObject;
  readonly publisher: Publisher;
  readonly tree: CsafTree;
  readonly dates: JsonObject;
}

function readHost(namespace: string): string {
  return URL.canParse(namespace) ? new URL(namespace).hostname : namespace;
}

function findPublisher(host: string): Publisher {
  const publisher = PUBLISHERS.get(host);
  if (publisher !== undefined) return publisher;
  const hosts = [...PUBLISHERS.keys(), ...MICROSOFT].join(', ');
  throw new Failure(
    'UNSUPPORTED',
    `its publisher ${JSON.stringify(host.slice(0, 100))} is no distribution that is read here`,
    `Those of ${hosts} are. Give statements of others to --vex.`,
  );
}

/** Where the Microsoft Security Response Center says that it is the publisher. */
const MICROSOFT: ReadonlySet<string> = new Set(['msrc.microsoft.com', 'www.microsoft.com']);

/** One document is about one vulnerability, whatever its category. */
function readWindows(
  vulnerabilities: readonly JsonObject[],
  tree: JsonObject,
  { head, dates }: Pick<About, 'head' | 'dates'>,
): readonly JsonObject[] {
  const products = listWindowsProducts(tree);
  // Its `impact` is a kind of flaw, such as `Elevation of Privilege`.
  const word = takeText(takeObject(head, 'aggregate_severity'), 'text');
  return vulnerabilities.flatMap((one) => {
    const cve = takeText(one, 'cve');
    const affected = listWindowsAffected(one, products, word.length > 40 ? '' : word);
    if (!isCve(cve) || affected.length === 0) return [];
    const summary = takeText(one, 'title');
    return [
      {
        ...{ id: `MSRC-${cve}`, aliases: [cve], ...dates },
        ...(summary === '' ? {} : { summary }),
        ...{ severity: listVectors(one), affected },
      },
    ];
  });
}

function readVex(vulnerability: JsonObject, about: About): readonly JsonObject[] {
  const cve = takeText(vulnerability, 'cve');
  if (!isCve(cve)) return [];
  const affected = listAffected(vulnerability, about, STATUSES);
  if (affected.length === 0) return [];
  const title = takeText(vulnerability, 'title') || takeText(about.head, 'title');
  return [
    {
      id: `${about.publisher.source}VEX-${cve}`,
      upstream: [cve],
      ...about.dates,
      ...(title === '' ? {} : { summary: title }),
      severity: listVectors(vulnerability),
      affected,
    },
  ];
}

/** What it says of one vulnerability alone may be said of another one that it covers. */
function readBulletin(
  vulnerabilities: readonly JsonObject[],
  id: string,
  about: About,
): readonly JsonObject[] {
  const upstream = [...new Set(vulnerabilities.map((one) => takeText(one, 'cve')).filter(isCve))];
  const affected = removeDuplicates(
    vulnerabilities.flatMap((one) => listAffected(one, about, FIXED)),
  );
  if (id === '' || affected.length === 0) return [];
  const summary = takeText(about.head, 'title');
  return [
    { id: `${about.publisher.source}CSAF-${id}`, upstream, ...about.dates, summary, affected },
  ];
}

type Status = 'fixed' | 'affected' | 'not_affected' | 'unknown';

const FIXED: readonly (readonly [string, Status])[] = [
  ['fixed', 'fixed'],
  ['first_fixed', 'fixed'],
  ['recommended', 'fixed'],
];

/** The groups of a `product_status` (§3.2.3.9). */
const STATUSES: readonly (readonly [string, Status])[] = [
  ...FIXED,
  ['known_affected', 'affected'],
  ['first_affected', 'affected'],
  ['last_affected', 'affected'],
  ['known_not_affected', 'not_affected'],
  ['under_investigation', 'unknown'],
];

function listAffected(
  vulnerability: JsonObject,
  { publisher, tree }: About,
  statuses: readonly (readonly [string, Status])[],
): readonly JsonObject[] {
  const stated = takeObject(vulnerability, 'product_status');
  const words = readImpacts(vulnerability);
  return removeDuplicates(
    statuses.flatMap(([group, status]) =>
      listTexts(stated, group).flatMap((id) => {
        const part = tree.find(id);
        const ecosystem = part === null ? null : publisher.findEcosystem(part.platform);
        if (part === null || ecosystem === null) return [];
        const word = words.get(id) ?? words.get(ANY);
        const more = word === undefined ? {} : { ecosystem_specific: { severity: word } };
        const isVersioned = status === 'fixed';
        return publisher.listPackages(part.component, isVersioned).map(({ name, version }) => {
          const range = status === 'fixed' ? buildRangeBefore(version) : RANGES[status];
          return buildAffected(ecosystem, name, range, more);
        });
      }),
    ),
  );
}

const RANGES = {
  affected: ALWAYS_AFFECTED,
  not_affected: NEVER_AFFECTED,
  unknown: null,
} as const;

const ANY = '';

/** The publisher's own word by product (§3.2.3.14); under ANY what it says of all. */
function readImpacts(vulnerability: JsonObject): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const threat of listObjects(vulnerability, 'threats')) {
    const word = takeText(threat, 'details');
    if (takeText(threat, 'category') !== 'impact' || word === '' || word.length > 40) continue;
    const ids = listTexts(threat, 'product_ids');
    for (const id of ids.length === 0 ? [ANY] : ids) words.set(id, word);
  }
  return words;
}

const VECTORS = [
  ['cvss_v2', 'CVSS_V2'],
  ['cvss_v3', 'CVSS_V3'],
  ['cvss_v4', 'CVSS_V4'],
] as const;

function listVectors(vulnerability: JsonObject): readonly JsonObject[] {
  const vectors = listObjects(vulnerability, 'scores').flatMap((score) =>
    VECTORS.flatMap(([member, type]) => {
      const vector = takeText(takeObject(score, member), 'vectorString');
      return vector === '' ? [] : [{ type, score: vector }];
    }),
  );
  return removeDuplicates(vectors);
}
