import { Failure, toFailure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Advisory, SeverityVector } from './advisory.ts';
import { isCve } from './alias-groups.ts';
import { readOsv } from './parse-osv.ts';

/** A record of a feed: an advisory, or the severity alone that a CNA or CISA gave to a CVE. */
export interface AdvisoryRecord {
  readonly kind: 'advisory' | 'severity';
  readonly advisory: Advisory;
}

/**
 * The first line of the bundled sample has this key, so that the sample is never taken for imported
 * data.
 */
export const SAMPLE_MARK = 'waybillSample';

/** Reads one JSON value of a feed: OSV, or `{cve, cna?, adp?}` with CVSS vectors by version. */
export function readAdvisoryRecord(value: JsonValue): Result<AdvisoryRecord> {
  if (isJsonObject(value) && value['id'] === undefined && typeof value['cve'] === 'string')
    return readSeverity(value);
  const advisory = readOsv(value);
  return advisory.ok ? ok({ kind: 'advisory', advisory: advisory.value }) : advisory;
}

function readSeverity(value: JsonObject): Result<AdvisoryRecord> {
  try {
    const id = value['cve'];
    if (typeof id !== 'string' || !isCve(id)) throw malformed('cve is not a CVE id');
    const severities = [
      ...parseVectors(value['cna'], 'cna'),
      ...parseVectors(value['adp'], 'cisa-adp'),
    ];
    // mutant cve-line-without-vectors by parse-osv: remove
    if (severities.length === 0 && !isWithoutScore(value)) throw malformed('it has no CVSS vector');
    const nothing = {
      aliases: [],
      related: [],
      upstream: [],
      modified: null,
      published: null,
      withdrawn: null,
    };
    return ok({ kind: 'severity', advisory: { id, ...nothing, severities, affected: [] } });
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

/** Nobody has scored the CVE, and the line says of it what CISA found (`exploitation`). */
function isWithoutScore({ cna, adp, exploitation }: JsonObject): boolean {
  return cna === undefined && adp === undefined && typeof exploitation === 'string';
}

const TYPES: Readonly<Record<string, SeverityVector['type']>> = {
  '2.0': 'CVSS_V2',
  '3.0': 'CVSS_V3',
  '3.1': 'CVSS_V3',
  '4.0': 'CVSS_V4',
};

function parseVectors(
  value: JsonValue | undefined,
  by: 'cna' | 'cisa-adp',
): readonly SeverityVector[] {
  if (value === undefined || value === null) return [];
  if (!isJsonObject(value)) throw malformed('its vectors are not an object');
  return Object.entries(value).flatMap(([version, vector]) => {
    // A version that is not known here may state what is worse than all others.
    const type = getOwn(TYPES, version) ?? (/^[0-9]/.test(version) ? 'CVSS' : undefined);
    if (type === undefined) return [];
    if (typeof vector !== 'string' || vector.length > LIMITS.versionBytesMax)
      throw malformed('a vector is not a text');
    return [{ type, vector, by }];
  });
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a severity record: ${why}`,
    'Take the record from its source again.',
  );
}
