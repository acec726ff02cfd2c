import { type Check, createCheck, passCheck } from './check.ts';
import type { Observations } from './observations.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

export function checkRegistries({ config, reached }: Observations): readonly Check[] {
  const checks = config.ok ? [checkPlainHttp(config.value.registries)] : [];
  return reached === null ? checks : [...checks, ...checkReach(reached)];
}

function checkPlainHttp(
  registries: Readonly<Record<string, { readonly insecure?: boolean }>>,
): Check {
  const insecure = Object.entries(registries).flatMap(([host, { insecure: is }]) =>
    is === true && !LOOPBACK.test(host) ? [host] : [],
  );
  if (insecure.length === 0)
    return passCheck('registries', 'plain HTTP is used for no registry except on loopback');
  const why = `plain HTTP, which anyone on the network path can change: ${insecure.join(', ')}`;
  return createCheck(
    'registries',
    'warning',
    why,
    'give the registry a certificate, and remove insecure: true from the configuration',
  );
}

function checkReach(reached: NonNullable<Observations['reached']>): readonly Check[] {
  if (reached.length === 0)
    return [
      createCheck(
        'registry-reach',
        'unknown',
        'the policy names no registry that could be asked',
        'name one in parameters.allowedRegistries',
      ),
    ];
  return reached.map(({ registry, answer }) => {
    if (!answer.ok)
      return createCheck(
        'registry-reach',
        'unknown',
        `${registry}: ${answer.failure.message}`,
        answer.failure.remedy,
      );
    // 401 means that the registry exists and asks for credentials.
    if (answer.value === 200 || answer.value === 401)
      return passCheck('registry-reach', `${registry} answers`);
    return createCheck(
      'registry-reach',
      'problem',
      `${registry} answers ${answer.value}`,
      'check its address: curl -I https://HOST/v2/',
    );
  });
}
