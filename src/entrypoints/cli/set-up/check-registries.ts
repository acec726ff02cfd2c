import { type Check, check, ok } from './check.ts';
import type { Observations } from './observations.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

export function checkRegistries({ config, reached }: Observations): readonly Check[] {
  const checks = config.ok ? [plain(config.value.registries)] : [];
  return reached === null ? checks : [...checks, ...reach(reached)];
}

function plain(registries: Readonly<Record<string, { readonly insecure?: boolean }>>): Check {
  const insecure = Object.entries(registries).flatMap(([host, { insecure: is }]) =>
    is === true && !LOOPBACK.test(host) ? [host] : [],
  );
  if (insecure.length === 0) return ok('registries', 'no registry but loopback is spoken to over plain HTTP');
  const why = `plain HTTP, which anybody on the way can change: ${insecure.join(', ')}`;
  return check('registries', 'warning', why, 'give it a certificate, and remove insecure: true from waybill.yaml');
}

function reach(reached: NonNullable<Observations['reached']>): readonly Check[] {
  if (reached.length === 0)
    return [
      check(
        'registry-reach',
        'unknown',
        'the policy allows no registry that could be asked',
        'name it in parameters.allowedRegistries',
      ),
    ];
  return reached.map(({ registry, answer }) => {
    if (!answer.ok)
      return check('registry-reach', 'unknown', `${registry}: ${answer.failure.message}`, answer.failure.remedy);
    // 401 is a registry that is there and wants to know who asks.
    if (answer.value === 200 || answer.value === 401) return ok('registry-reach', `${registry} answers`);
    return check(
      'registry-reach',
      'problem',
      `${registry} answers ${answer.value}`,
      'check its address: curl -I https://HOST/v2/',
    );
  });
}
