import type { Instant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { findCpeProgram, findJavaLine, formatJavaVersion } from '../../ecosystems/index.ts';
import { isCve } from '../alias-groups.ts';
import { listObjects, takeObject, takeText } from './csaf-tree.ts';
import {
  ALWAYS_AFFECTED,
  buildAffected,
  buildRange,
  type FeedFormat,
  malformed,
  requireObject,
} from './feed-format.ts';
import { toUtcInstant } from './utc-instant.ts';

/**
 * The vulnerabilities of the National Vulnerability Database, as its API 2.0 and its yearly files
 * give them (nvd.nist.gov/developers/vulnerabilities). Only what it says of programs is read that
 * are known by their content and that no package manager installed. A file says nothing of those
 * that it does not have, so it is the feed of nothing by itself.
 */
export const NVD: FeedFormat = {
  name: 'NVD',
  recognises: (start) => /^\s*\{/.test(start) && /"format"\s*:\s*"NVD_CVE"/.test(start),
  reads: 'members',
  begin: () => {
    let exportedAt: Instant | null = null;
    return {
      read: (key, value) => {
        if (key === 'timestamp') exportedAt = toUtcInstant(value);
        return key === 'vulnerabilities' ? readVulnerability(value) : [];
      },
      finish: () => ({ covers: [], part: null, exportedAt }),
    };
  },
};

function readVulnerability(value: JsonValue): readonly JsonObject[] {
  const cve = requireObject(getOwn(requireObject(value, 'an item'), 'cve'), 'cve');
  const id = takeText(cve, 'id');
  if (!isCve(id)) throw malformed(`an item is ${JSON.stringify(id.slice(0, 40))}, which is no CVE`);
  const dates = {
    modified: formatTime(cve, 'lastModified'),
    published: formatTime(cve, 'published'),
  };
  const named = { id: `NVD-${id}`, aliases: [id], ...dates };
  if (takeText(cve, 'vulnStatus') === 'Rejected')
    return dates.modified === '' ? [] : [{ ...named, withdrawn: dates.modified, affected: [] }];
  const affected = listObjects(cve, 'configurations')
    .flatMap((configuration) => listObjects(configuration, 'nodes'))
    .flatMap((node) => listObjects(node, 'cpeMatch'))
    .flatMap(readMatch);
  return affected.length === 0
    ? []
    : [{ ...named, severity: listVectors(takeObject(cve, 'metrics')), affected }];
}

function formatTime(cve: JsonObject, key: string): string {
  const at = toUtcInstant(getOwn(cve, key));
  return at === null ? '' : new Date(at).toISOString();
}

/**
 * A product that is vulnerable, wherever it runs: a configuration that also names a system is taken
 * for true, because what a program runs on is not known here.
 */
function readMatch(match: JsonObject): readonly JsonObject[] {
  if (getOwn(match, 'vulnerable') !== true) return [];
  const [, part, vendor = '', product = '', version = '', update = ''] = splitCpe(
    takeText(match, 'criteria'),
  );
  const program = part === 'a' ? findCpeProgram(vendor, product) : null;
  if (program === null) return [];
  if (version !== '*' && version !== '-')
    return [program === JAVA ? nameJava(version, update) : nameVersion(program, version, update)];
  const bounds = readBounds(match).map((bound) => (program === JAVA ? orderJava(bound) : bound));
  // "Not applicable": no version was stated, so each may be meant.
  // mutant nvd-without-a-version by read-nvd: condition -> false
  if (bounds.length === 0 && version === '-') return [buildAffected(ECOSYSTEM, program, null)];
  const range = bounds.length === 0 ? ALWAYS_AFFECTED : buildRange(bounds);
  return [buildAffected(ECOSYSTEM, program, range)];
}

const ECOSYSTEM = 'NVD';

const JAVA = 'openjdk';

/**
 * Oracle names the last version of each line that is affected, and means those before it too: its
 * advisories list supported releases alone.
 */
function nameJava(version: string, update: string): JsonObject {
  const last = formatJavaVersion(version, update);
  const range = buildRange([{ introduced: findJavaLine(version) }, { last_affected: last }]);
  return buildAffected(ECOSYSTEM, JAVA, range);
}

function orderJava(bound: JsonObject): JsonObject {
  const [[kind, version] = ['', '']] = Object.entries(bound);
  return typeof version === 'string' && version !== '0'
    ? { [kind]: formatJavaVersion(version) }
    : bound;
}

/** `cpe:2.3:a:openssl:openssl:1.1.1:…` without the `cpe`: a colon in a value is escaped. */
function splitCpe(text: string): readonly string[] {
  if (!text.startsWith('cpe:2.3:') || text.length > 500) return [];
  const parts: string[] = [];
  let value = '';
  for (let at = 'cpe:'.length; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') value += text.charAt(++at);
    else if (char === ':') {
      parts.push(value);
      value = '';
    } else value += char;
  }
  return [...parts, value];
}

/** `7.0.0` with the update `rc1` is one version; those of OpenSSH are no part of it. */
function nameVersion(program: string, version: string, update: string): JsonObject {
  const isPlain = update === '*' || update === '-' || update === '' || program === 'openssh';
  return buildAffected(ECOSYSTEM, program, null, {
    versions: [isPlain ? version : `${version}-${update}`],
  });
}

/**
 * Where a range begins behind a version, this one counts as affected too: OSV has no other bound.
 */
function readBounds(match: JsonObject): readonly JsonObject[] {
  const from = takeText(match, 'versionStartIncluding') || takeText(match, 'versionStartExcluding');
  const before = takeText(match, 'versionEndExcluding');
  const last = takeText(match, 'versionEndIncluding');
  if (from === '' && before === '' && last === '') return [];
  return [
    { introduced: from === '' ? '0' : from },
    ...(before === '' ? [] : [{ fixed: before }]),
    ...(before !== '' || last === '' ? [] : [{ last_affected: last }]),
  ];
}

const METRICS = [
  ['cvssMetricV2', 'CVSS_V2'],
  ['cvssMetricV30', 'CVSS_V3'],
  ['cvssMetricV31', 'CVSS_V3'],
  ['cvssMetricV40', 'CVSS_V4'],
] as const;

function listVectors(metrics: JsonObject): readonly JsonObject[] {
  return METRICS.flatMap(([member, type]) =>
    listObjects(metrics, member).flatMap((metric) => {
      const score = takeText(takeObject(metric, 'cvssData'), 'vectorString');
      return score === '' ? [] : [{ type, score }];
    }),
  );
}
