import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readCount, readList, readObject } from './members.ts';
import type { LogVersion } from './signing-port.ts';

/** Where an instance of sigstore takes requests of who signs, at one moment. */
export interface SigningServices {
  /** Fulcio; null where only keys sign. */
  readonly authority: URL | null;
  /** Who gives identity tokens to people; null where only machines sign. */
  readonly identityProvider: URL | null;
  readonly logs: readonly { readonly url: URL; readonly version: LogVersion }[];
  /** The whole addresses that take requests of RFC 3161. */
  readonly timestampAuthorities: readonly URL[];
}

interface Service {
  readonly url: URL;
  readonly version: number;
  readonly start: Instant;
  readonly end: Instant | null;
  readonly operator: string;
}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
const SERVICES_MAX = 100;

/**
 * Reads a signing configuration (sigstore_trustroot.proto, SigningConfig 0.2) and selects the
 * services that are in force at `now`: of the highest version that is spoken here, the newest of
 * each operator, and of these as many as its selector wants.
 */
export function parseSigningConfig(
  bytes: Uint8Array | string,
  now: Instant,
): Result<SigningServices> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax, foldKeyCase: true });
  if (!json.ok) return json;
  if (!isJsonObject(json.value) || json.value['mediaType'] !== MEDIA_TYPE)
    return refuse('its media type is not that of version 0.2');
  const config = json.value;
  const lists = ['caUrls', 'oidcUrls', 'rekorTlogUrls', 'tsaUrls'].map((name) =>
    readServices(getOwn(config, name)),
  );
  const [authorities, providers, logs, stampers] = lists;
  if (!authorities?.ok || !providers?.ok || !logs?.ok || !stampers?.ok)
    return lists.find((one) => !one.ok) as Result<never>;
  const chosenLogs = choose(logs.value, [2, 1], config['rekorTlogConfig'], now);
  const chosenStampers = choose(stampers.value, [1], config['tsaConfig'], now);
  if (chosenLogs === null) return refuse('it wants more logs than are in force');
  if (chosenStampers === null) return refuse('it wants more timestamps than are in force');
  return ok({
    authority: listNewest(authorities.value, [1], now)[0]?.url ?? null,
    identityProvider: listNewest(providers.value, [1], now)[0]?.url ?? null,
    logs: chosenLogs.map(({ url, version }) => ({ url, version: version === 2 ? 2 : 1 })),
    timestampAuthorities: chosenStampers.map(({ url }) => url),
  });
}

function readServices(value: JsonValue | undefined): Result<readonly Service[]> {
  const items = readList(value, SERVICES_MAX);
  if (items === null) return refuse(`a list of services, or it has over ${SERVICES_MAX}`);
  const found: Service[] = [];
  for (const item of items) {
    const service = isJsonObject(item) ? readService(item) : null;
    if (service === null) return refuse('a service in it');
    found.push(service);
  }
  return ok(found);
}

function readService(item: JsonObject): Service | null {
  const { url, operator } = item;
  const version = readCount(item['majorApiVersion']);
  const span = readObject(item['validFor']);
  if (typeof url !== 'string' || version === null || span === 'malformed') return null;
  const at = URL.canParse(url) ? new URL(url) : null;
  if (at === null || !/^https?:$/.test(at.protocol) || at.username !== '' || at.password !== '')
    return null;
  const start = readInstant(span?.['start']);
  const end = span?.['end'] === undefined ? null : readInstant(span['end']);
  if (start === null || (end === null && span?.['end'] !== undefined)) return null;
  return { url: at, version, start, end, operator: String(operator ?? '') };
}

function readInstant(value: JsonValue | undefined): Instant | null {
  const read = typeof value === 'string' ? parseInstant(value) : null;
  return read?.ok === true ? read.value : null;
}

/** Of the first version that has any: newest first, one of each operator. */
function listNewest(
  services: readonly Service[],
  versions: readonly number[],
  now: Instant,
): readonly Service[] {
  const inForce = services.filter((one) => isInForce(one, now)).sort((a, b) => b.start - a.start);
  for (const version of versions) {
    const found = inForce.filter((one) => one.version === version);
    if (found.length === 0) continue;
    const first = new Map<string, Service>();
    for (const one of found) if (!first.has(one.operator)) first.set(one.operator, one);
    return [...first.values()];
  }
  return [];
}

function isInForce({ start, end }: Service, now: Instant): boolean {
  // mutant service-that-is-not-in-force by signing-config: value -> true
  return start <= now && (end === null || now <= end);
}

/** Null where there are fewer than the selector wants. */
function choose(
  services: readonly Service[],
  versions: readonly number[],
  config: JsonValue | undefined,
  now: Instant,
): readonly Service[] | null {
  const found = listNewest(services, versions, now);
  const terms = readObject(config);
  if (terms === 'malformed') return null;
  const wanted = terms?.['selector'] ?? 'ANY';
  if (services.length === 0) return [];
  const count =
    wanted === 'ALL' ? found.length : wanted === 'ANY' ? 1 : (readCount(terms?.['count']) ?? 0);
  // mutant fewer-services-than-wanted by signing-config: condition -> false
  if (count < 1 || count > found.length) return null;
  return found.slice(0, count);
}

function refuse(why: string): Result<never> {
  const message = `the signing configuration of sigstore is invalid: ${why}`;
  return fail('TRUST_INVALID', message, 'Use the signing_config.v0.2.json of the instance.');
}
