// node tools/make-sample.ts: writes data/advisories-sample.ndjson from the optional test data
// (WAYBILL_TEST_DATA). Facts only: ids, aliases, packages, ranges, vectors, dates. Equal data gives
// equal bytes.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type {
  Advisory,
  AffectedPackage,
  SeverityVector,
} from '../src/capabilities/advisories/index.ts';
import { readAdvisoryRecord } from '../src/capabilities/advisories/index.ts';
import { formatInstant } from '../src/core/instant.ts';
import type { JsonValue } from '../src/core/json.ts';
import { orThrow } from '../src/core/result.ts';
import { readJsonValues, testData } from '../test/support/test-data.ts';

const HEADER = {
  waybillSample: 1,
  note:
    'A small sample of public facts about vulnerabilities, for trying Waybill out. It is no ' +
    'vulnerability database: import one before you rely on a scan.',
  holds:
    'ids, aliases, package names, version ranges, fixed versions, CVSS vectors and dates; no ' +
    'descriptions',
  origins: {
    'github/advisory-database':
      'CC-BY-4.0 (github.com/github/advisory-database), Maven and npm records',
    'RetireJS/retire.js': 'Apache-2.0, npm records',
    'cisagov/vulnrichment': 'CC0-1.0, CVSS vectors',
    debian: 'changelogs of Debian 12 packages: which version fixed which CVE',
    facts: 'records written by hand from public identifiers, ranges and vectors',
  },
} as const;

/** Packages that people have. */
const MAVEN =
  /^(org\.apache\.logging\.log4j:|log4j:log4j$|com\.fasterxml\.jackson\.core:|org\.yaml:snakeyaml$|io\.netty:|ch\.qos\.logback:|org\.apache\.commons:|commons-|org\.apache\.tomcat\.embed:|com\.google\.(guava|protobuf|code\.gson):|org\.apache\.shiro:|org\.eclipse\.jetty:jetty-(server|http)$|org\.apache\.httpcomponents:|xerces:|org\.springframework|com\.nimbusds:|org\.codehaus\.jettison:|org\.bouncycastle:bcprov-jdk18on$)/;
const NPM = new Set([
  'lodash',
  'handlebars',
  'moment',
  'jquery',
  'axios',
  'vue',
  'bootstrap',
  'underscore',
  'next',
  'dompurify',
  'jszip',
  'svelte',
  'ejs',
  'mustache',
  'datatables.net',
]);
const DEBIAN = new Set(['openssl', 'glibc', 'expat', 'curl', 'perl', 'util-linux']);

/**
 * Facts that these feeds do not contain: well known records, and vectors of CVEs that are older
 * than the severity feed.
 */
const FACTS: readonly object[] = [
  {
    id: 'GHSA-xvch-5gv4-984h',
    aliases: ['CVE-2021-44906'],
    severity: [v3('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')],
    affected: [
      {
        package: { ecosystem: 'npm', name: 'minimist' },
        ranges: [
          { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.2.4' }] },
          { type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed: '1.2.6' }] },
        ],
      },
    ],
  },
  { cve: 'CVE-2019-10744', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H' } },
  { cve: 'CVE-2019-19919', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } },
  { cve: 'CVE-2021-23337', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H' } },
  { cve: 'CVE-2021-23369', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } },
];

function v3(score: string): object {
  return { type: 'CVSS_V3', score };
}

function readLines(folder: string, file: string): readonly JsonValue[] {
  return readJsonValues(join(folder, file));
}

function readAdvisories(folder: string, file: string): readonly Advisory[] {
  return readLines(folder, file).map((value) => orThrow(readAdvisoryRecord(value)).advisory);
}

function mavenSample(folder: string): readonly Advisory[] {
  return [
    ...readAdvisories(folder, 'ghsa-sample.osv.ndjson.gz'),
    ...readAdvisories(folder, 'log4shell.osv.json'),
  ]
    .filter((advisory) => advisory.withdrawn === null)
    .map((advisory) =>
      keep(
        advisory,
        (entry) =>
          entry.ecosystem === 'npm' || (entry.ecosystem === 'Maven' && MAVEN.test(entry.name)),
      ),
    )
    .filter((advisory) => advisory.affected.length > 0);
}

function npmSample(folder: string): readonly Advisory[] {
  return readAdvisories(folder, 'npm-retirejs.osv.ndjson.gz')
    .filter((advisory) => advisory.id.startsWith('GHSA-'))
    .map((advisory) => keep(advisory, (entry) => NPM.has(entry.name)))
    .filter((advisory) => advisory.affected.length > 0);
}

interface Changelog {
  readonly ecosystem: string;
  readonly source: string;
  readonly cve: string;
  readonly fixed: string;
}

/**
 * In the form in which OSV writes Debian's tracker: one record for each CVE, with the CVE as
 * `upstream`.
 */
function debianSample(folder: string): readonly Advisory[] {
  const entries = readLines(
    folder,
    'debian12-changelog-cves.ndjson.gz',
  ) as unknown as readonly Changelog[];
  const fixes = entries.filter(
    ({ source, fixed }) => DEBIAN.has(source) && fixed.includes('deb12u'),
  );
  return [...Map.groupBy(fixes, ({ cve }) => cve)].map(([cve, group]) => ({
    id: `DEBIAN-${cve}`,
    aliases: [],
    related: [],
    upstream: [cve],
    modified: null,
    published: null,
    withdrawn: null,
    severities: [],
    affected: group.map(({ ecosystem, source, fixed }) => ({
      ecosystem,
      name: source,
      ranges: [
        {
          type: 'ECOSYSTEM',
          events: [
            { kind: 'introduced', version: '0' },
            { kind: 'fixed', version: fixed },
          ],
        },
      ],
      versions: [],
      severities: [],
    })),
  }));
}

/** Enumerated versions are omitted when a range says the same. */
function keep(advisory: Advisory, wanted: (entry: AffectedPackage) => boolean): Advisory {
  const affected = advisory.affected
    .filter(wanted)
    .map((entry) =>
      entry.ranges.some((range) => range.type !== 'GIT') ? { ...entry, versions: [] } : entry,
    );
  return { ...advisory, affected };
}

function severitySample(folder: string, advisories: readonly Advisory[]): readonly Advisory[] {
  const wanted = new Set(
    advisories.flatMap((advisory) => [...advisory.aliases, ...advisory.upstream]),
  );
  return readAdvisories(folder, 'cve-severity.ndjson.gz').filter(
    (one) => wanted.has(one.id) && one.severities.length > 0,
  );
}

/** Writes OSV again, without empty members. */
function formatLine(advisory: Advisory): string {
  const { id, aliases, upstream, modified, published, severities, affected } = advisory;
  const record = {
    id,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(upstream.length === 0 ? {} : { upstream }),
    ...(modified === null ? {} : { modified: formatInstant(modified) }),
    ...(published === null ? {} : { published: formatInstant(published) }),
    ...(severities.length === 0 ? {} : { severity: severities.map(formatSeverity) }),
    ...(affected.length === 0 ? {} : { affected: affected.map(formatAffected) }),
  };
  return JSON.stringify(record);
}

function formatAffected({ ecosystem, name, ranges, versions }: AffectedPackage): object {
  return {
    package: { ecosystem, name },
    ranges: ranges
      .filter((range) => range.type !== 'GIT')
      .map(({ type, events }) => ({
        type,
        events: events.map(({ kind, version }) => ({ [kind]: version })),
      })),
    ...(versions.length === 0 ? {} : { versions }),
  };
}

function formatSeverity({ type, vector }: SeverityVector): object {
  return { type, score: vector };
}

const folder = testData('advisories');
if (folder !== null) {
  const facts = FACTS.map((fact) => orThrow(readAdvisoryRecord(fact as JsonValue)).advisory);
  const advisories = [...mavenSample(folder), ...npmSample(folder), ...debianSample(folder)];
  const lines = [...advisories, ...facts, ...severitySample(folder, advisories)]
    .map(formatLine)
    .sort();
  const target = resolve(import.meta.dirname, '../data/advisories-sample.ndjson');
  writeFileSync(target, `${[JSON.stringify(HEADER), ...lines].join('\n')}\n`);
  console.log(
    `${lines.length} records, ` +
      `${[...new Set(advisories.flatMap((a) => a.affected.map((e) => e.ecosystem)))]}`,
  );
}
