import {
  listAttributes,
  listChecks,
  PAYLOAD_TYPE,
  type PluginFact,
  type PluginQuery,
  readPluginVerdict,
  refusePlugin,
} from '../../capabilities/signing/index.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { isMissing } from '../../system/processes/check-program.ts';
import { askPlugin, locatePlugin, type PluginFolder, readMetadata } from './run-plugin.ts';
import { isAtLeast } from './version.ts';

/**
 * Asks the plugin that a signature requires (N53): `get-plugin-metadata`, then `verify-signature`.
 * Both together have `LIMITS.pluginVerifyMs`.
 */
export async function askVerifier(
  place: PluginFolder,
  query: PluginQuery,
  { signal, now }: { readonly signal?: AbortSignal | undefined; readonly now: () => Instant },
): Promise<PluginFact> {
  const { name, minVersion } = query;
  if (await isMissing(locatePlugin(place, name))) return { kind: 'absent' };
  const time = AbortSignal.timeout(LIMITS.pluginVerifyMs);
  const call = {
    timeMs: LIMITS.pluginVerifyMs,
    signal: signal === undefined ? time : AbortSignal.any([signal, time]),
  };
  const metadata = await readMetadata(place, name, call);
  if (!metadata.ok) return { kind: 'failed', cause: metadata.failure };
  const { version, capabilities } = metadata.value;
  // mutant plugin-older-than-required by plugins: condition -> false
  if (minVersion !== null && !isAtLeast(version, minVersion)) {
    const old = refusePlugin(name, `is of the version ${version}, not ${minVersion} or later`);
    if (!old.ok) return { kind: 'failed', cause: old.failure };
  }
  const checks = listChecks(query, capabilities);
  const validUntil = toInstant(now() + LIMITS.pluginVerdictMs);
  if (checks.length === 0 && query.attributes.size === 0) {
    const verdict = { results: new Map(), processed: new Set<never>() };
    return { kind: 'answered', version, capabilities, verdict, validUntil };
  }
  const request = { ...buildRequest(query), trustPolicy: buildPolicy(query, checks) };
  const answer = await askPlugin(place, name, { command: 'verify-signature', request, ...call });
  if (!answer.ok) return { kind: 'failed', cause: answer.failure };
  const verdict = readPluginVerdict(answer.value);
  return { kind: 'answered', version, capabilities, verdict, validUntil };
}

function buildRequest(query: PluginQuery): JsonObject {
  const { scheme, expiresAt, authenticAt, chain, attributes } = query;
  return {
    signature: {
      criticalAttributes: {
        contentType: PAYLOAD_TYPE,
        signingScheme: scheme,
        ...(expiresAt === null ? {} : { expiry: formatInstant(expiresAt) }),
        ...(authenticAt === null ? {} : { authenticSigningTime: formatInstant(authenticAt) }),
        ...(attributes.size === 0 ? {} : { extendedAttributes: listAttributes(query) }),
      },
      unprocessedAttributes: [...attributes.keys()],
      certificateChain: chain.certificates.map(({ der }) => Buffer.from(der).toString('base64')),
    },
  };
}

function buildPolicy({ identities }: PluginQuery, checks: readonly string[]): JsonObject {
  return { trustedIdentities: [...identities], signatureVerification: [...checks] };
}
