import { parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { SLSA_PROVENANCE_TYPE } from './slsa-provenance.ts';

/** A type of predicate that has a short name. */
export interface KnownPredicate {
  readonly type: string;
  /** Whether it is about one platform of an index. */
  readonly isOfPlatform: boolean;
  /** What is wrong with a predicate of this type; null for nothing, or for one that others read. */
  readonly findFlaw: (predicate: JsonObject) => string | null;
}

const NOTHING = (): null => null;
const IN_TOTO = 'https://in-toto.io/attestation';
const WHOLE = { isOfPlatform: false } as const;
const PART = { isOfPlatform: true, findFlaw: NOTHING } as const;

/**
 * Short names of predicate types, those of cosign among them. SBOMs, scans, VEX and provenance are
 * read by the gates, so what is wrong with them is found there.
 */
const PREDICATES: ReadonlyMap<string, KnownPredicate> = new Map([
  ['slsa-provenance', { ...WHOLE, type: SLSA_PROVENANCE_TYPE, findFlaw: NOTHING }],
  [
    'vsa',
    { ...WHOLE, type: 'https://slsa.dev/verification_summary/v1', findFlaw: findSummaryFlaw },
  ],
  ['vulns', { ...PART, type: `${IN_TOTO}/vulns/v0.2` }],
  ['spdx', { ...PART, type: 'https://spdx.dev/Document' }],
  ['cyclonedx', { ...PART, type: 'https://cyclonedx.org/bom' }],
  ['openvex', { ...WHOLE, type: 'https://openvex.dev/ns', findFlaw: NOTHING }],
  ['scai', { ...WHOLE, type: `${IN_TOTO}/scai/v0.3`, findFlaw: findScaiFlaw }],
  ['test-result', { ...WHOLE, type: `${IN_TOTO}/test-result/v0.1`, findFlaw: findTestFlaw }],
]);

export const PREDICATE_NAMES: readonly string[] = [...PREDICATES.keys()];

/** By a short name or by its own type; null for a type that has no name here. */
export function findPredicate(text: string): KnownPredicate | null {
  const named = PREDICATES.get(text);
  return named ?? [...PREDICATES.values()].find(({ type }) => type === text) ?? null;
}

/** SLSA 1.2, verification summary attestation. */
function findSummaryFlaw(predicate: JsonObject): string | null {
  const { verifier, timeVerified, resourceUri, policy, verificationResult } = predicate;
  if (!isJsonObject(verifier) || !isText(verifier['id'])) return 'verifier.id is missing';
  const time = typeof timeVerified === 'string' ? parseInstant(timeVerified) : null;
  if (timeVerified !== undefined && time?.ok !== true) return 'timeVerified is no time';
  if (!isText(resourceUri)) return 'resourceUri is missing';
  if (!isJsonObject(policy) || !isText(policy['uri'])) return 'policy.uri is missing';
  if (verificationResult !== 'PASSED' && verificationResult !== 'FAILED')
    return 'verificationResult is neither PASSED nor FAILED';
  return isTexts(predicate['verifiedLevels']) ? null : 'verifiedLevels is no list of texts';
}

/** in-toto, SCAI v0.3. */
function findScaiFlaw({ attributes }: JsonObject): string | null {
  const items = Array.isArray(attributes) ? (attributes as readonly JsonValue[]) : [];
  const isSound = items.every((one) => isJsonObject(one) && isText(one['attribute']));
  return items.length > 0 && isSound ? null : 'attributes is no list in which each has a name';
}

/** in-toto, test result v0.1. */
function findTestFlaw(predicate: JsonObject): string | null {
  const { result, configuration } = predicate;
  if (result !== 'PASSED' && result !== 'WARNED' && result !== 'FAILED')
    return 'result is none of PASSED, WARNED and FAILED';
  if (!Array.isArray(configuration)) return 'configuration is no list';
  const lists = ['passedTests', 'warnedTests', 'failedTests'] as const;
  const broken = lists.find((name) => !isTexts(predicate[name] ?? []));
  return broken === undefined ? null : `${broken} is no list of texts`;
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
