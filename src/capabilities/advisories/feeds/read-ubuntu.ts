import { findRelease } from '../../../core/distro.ts';
import type { Instant } from '../../../core/instant.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { isCve } from '../alias-groups.ts';
import { listObjects, takeObject, takeText } from './csaf-tree.ts';
import { type FeedFormat, malformed, requireObject, requireText } from './feed-format.ts';
import { listUbuntuAffected, type UbuntuStatus } from './ubuntu-status.ts';
import { toUtcInstant } from './utc-instant.ts';

/** A vulnerability as its own page of Ubuntu gives it (ubuntu.com/security/cves/CVE-….json). */
export const UBUNTU_CVE: FeedFormat = {
  name: 'Ubuntu security API',
  recognises: (start) => !LIST.test(start) && isOfApi(start),
  reads: 'document',
  begin: () => ({
    read: (_, value) => readVulnerability(requireObject(value, 'the document')),
    finish: () => null,
  }),
};

/**
 * A page of them (ubuntu.com/security/cves.json). It says nothing of those that it does not have,
 * so it is the feed of nothing by itself.
 */
export const UBUNTU_API: FeedFormat = {
  name: 'Ubuntu security API',
  recognises: (start) => LIST.test(start) && isOfApi(start),
  reads: 'members',
  begin: () => ({
    read: (key, value) =>
      key === 'cves' ? readVulnerability(requireObject(value, 'a vulnerability')) : [],
    finish: () => ({ covers: [], part: null, exportedAt: null }),
  }),
};

const LIST =
  /^\s*\{\s*(?:"(?:limit|offset|total_results)"\s*:\s*\d{1,9}\s*,\s*){0,3}"cves"\s*:\s*\[/;

function isOfApi(start: string): boolean {
  return (
    /^\s*\{/.test(start) && ['"bugs"', '"codename"', '"cvss3"'].every((one) => start.includes(one))
  );
}

function readVulnerability(cve: JsonObject): readonly JsonObject[] {
  const id = takeText(cve, 'id');
  if (!isCve(id)) throw malformed(`an item is ${JSON.stringify(id.slice(0, 40))}, which is no CVE`);
  const priority = takeText(cve, 'priority');
  const statuses = listObjects(cve, 'packages').flatMap((one) => {
    const name = requireText(one, 'name', 'a package');
    return listObjects(one, 'statuses').map((status) => ({
      package: name,
      codename: takeText(status, 'release_codename'),
      archive: takeText(status, 'pocket'),
      status: takeText(status, 'status'),
      remark: takeText(status, 'description'),
      priority,
    }));
  });
  const score = takeText(
    takeObject(takeObject(takeObject(cve, 'impact'), 'baseMetricV3'), 'cvssV3'),
    'vectorString',
  );
  return buildRecord(id, statuses, {
    published: toUtcInstant(getOwn(cve, 'published')),
    modified: toUtcInstant(getOwn(cve, 'updated_at')),
    severity: score === '' ? [] : [{ type: 'CVSS_V3', score }],
  });
}

/**
 * A file of the tracker itself, named by its vulnerability (git.launchpad.net/ubuntu-cve-tracker):
 * fields, and for each source package a line for each release and archive.
 */
export const UBUNTU_TRACKER: FeedFormat = {
  name: 'Ubuntu CVE tracker',
  recognises: (start) => !/^\s*[{[]/.test(start) && CANDIDATE.test(start),
  reads: 'text',
  begin: () => ({ read: (_, value) => readFile(value), finish: () => null }),
};

const CANDIDATE = /^Candidate: CVE-\d{4}-\d{4,10}\r?$/m;

/** `esm-infra/xenial_openssl: released (1.0.2g-1ubuntu4.20+esm12)` */
const STATUS =
  /^([a-z][a-z0-9-]{0,40})(?:\/([a-z][a-z-]{0,40}))?_([A-Za-z0-9][A-Za-z0-9.+-]{0,100}): ?([A-Za-z-]{1,20})(?: \((.{0,500})\))?$/;
const PRIORITY = /^Priority(?:_([A-Za-z0-9.+-]{1,100}))?(?:_([a-z/-]{1,60}))?: ?([a-z]{1,20})$/;
const LINES_MAX = 200_000;

function readFile(value: JsonValue): readonly JsonObject[] {
  if (typeof value !== 'string') throw malformed('it is no text');
  const lines = value.split('\n', LINES_MAX + 1).map((line) => line.trimEnd());
  if (lines.length > LINES_MAX) throw malformed('it has too many lines');
  const fields = new Map<string, string>();
  const priorities = new Map<string, string>();
  const rows: Omit<UbuntuStatus, 'priority'>[] = [];
  for (const line of lines) {
    // What belongs to a field is indented; a line over the limit is prose.
    if (line.length > LIMITS.versionBytesMax || /^[\s#]/.test(line)) continue;
    const [, name, release, word] = PRIORITY.exec(line) ?? [];
    if (word !== undefined) priorities.set(`${name ?? ''} ${release ?? ''}`, word);
    const found = STATUS.exec(line);
    if (found !== null) rows.push(readRow(found));
    const [, key, text] = /^([A-Za-z][A-Za-z-]{0,40}): (.{0,200})$/.exec(line) ?? [];
    if (key !== undefined && !fields.has(key)) fields.set(key, text ?? '');
  }
  const id = fields.get('Candidate') ?? '';
  if (!isCve(id)) throw malformed(`its candidate is ${JSON.stringify(id.slice(0, 40))}`);
  const statuses = rows.map((row) => ({
    ...row,
    priority:
      priorities.get(`${row.package} ${row.codename}`) ??
      priorities.get(`${row.package} `) ??
      priorities.get(' ') ??
      '',
  }));
  return buildRecord(id, statuses, {
    published: readDay(fields.get('PublicDate') ?? ''),
    modified: null,
    severity: listVectors(lines),
  });
}

function readRow([, first = '', second, name = '', status = '', remark = '']: readonly (
  | string
  | undefined
)[]): Omit<UbuntuStatus, 'priority'> {
  const row = { package: name, status, remark };
  if (second === undefined) return { ...row, codename: first, archive: '' };
  // `trusty/esm` is of this release what `esm-infra/xenial` is of the next one.
  const isRelease = findRelease('ubuntu', first) !== null;
  return isRelease
    ? { ...row, codename: first, archive: second }
    : { ...row, codename: second, archive: first };
}

/** `2024-05-28 13:15:00 UTC`, or a day alone. */
function readDay(text: string): Instant | null {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d))?/.exec(text) ?? [];
  return day === undefined ? null : toUtcInstant(`${day}T${time ?? '00:00:00'}Z`);
}

/** ` nvd: CVSS:3.1/AV:N/… [7.5 HIGH]` below `CVSS:`. */
function listVectors(lines: readonly string[]): readonly JsonObject[] {
  const from = lines.indexOf('CVSS:');
  if (from === -1) return [];
  const vectors: JsonObject[] = [];
  for (const line of lines.slice(from + 1)) {
    if (!line.startsWith(' ')) break;
    const score = /^ [A-Za-z0-9-]{1,40}: (CVSS:[0-9.]{1,5}\/[A-Za-z:/]{1,200})(?: \[|$)/.exec(
      line,
    )?.[1];
    if (score !== undefined)
      vectors.push({ type: score.startsWith('CVSS:4') ? 'CVSS_V4' : 'CVSS_V3', score });
  }
  return vectors;
}

function buildRecord(
  id: string,
  statuses: readonly UbuntuStatus[],
  { published, modified, severity }: RecordFacts,
): readonly JsonObject[] {
  const affected = listUbuntuAffected(statuses);
  if (affected.length === 0) return [];
  const format = (at: Instant): string => new Date(at).toISOString();
  return [
    {
      ...{ id: `UBUNTUTRACKER-${id}`, upstream: [id] },
      ...(published === null ? {} : { published: format(published) }),
      ...(modified === null ? {} : { modified: format(modified) }),
      ...{ severity: [...severity], affected: [...affected] },
    },
  ];
}

interface RecordFacts {
  readonly published: Instant | null;
  readonly modified: Instant | null;
  readonly severity: readonly JsonObject[];
}
