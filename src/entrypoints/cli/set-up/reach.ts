import type { Policy } from '../../../capabilities/policy/index.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { Config } from '../../config/config.ts';
import type { Observations } from './observations.ts';

const ANSWER_MS = 5_000;
const REGISTRIES_MAX = 20;

/**
 * Asks each registry that the policy allows whether it is a registry (distribution-spec end-1),
 * without credentials.
 */
export async function reachRegistries(
  policy: Policy,
  config: Config,
  signal: AbortSignal,
): Promise<NonNullable<Observations['reached']>> {
  const places = policy.parameters.values['allowedRegistries'];
  const hosts = Array.isArray(places)
    ? [...new Set(places.map((place: string) => place.split('/')[0] ?? ''))]
    : [];
  return Promise.all(
    hosts
      .slice(0, REGISTRIES_MAX)
      .map(async (registry) => ({ registry, answer: await askRegistry(registry, config, signal) })),
  );
}

async function askRegistry(
  registry: string,
  config: Config,
  signal: AbortSignal,
): Promise<Result<number>> {
  const isPlain =
    getOwn(config.registries, registry)?.insecure ??
    /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry);
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await fetch(`${isPlain ? 'http' : 'https'}://${host}/v2/`, {
      signal: limit,
      redirect: 'manual',
    });
    await answer.body?.cancel();
    return ok(answer.status);
  } catch (cause) {
    return fail(
      'REGISTRY_UNREACHABLE',
      'no answer within 5 s',
      'check the name, the network, and HTTPS_PROXY',
      cause,
    );
  }
}
