import { openLogins, parseRegistryHost } from '../../compose/registry.ts';
import type { LogoutCall } from '../options/artifacts.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Removes what login kept. To be logged out already is no error. */
export async function run(call: LogoutCall): Promise<Report> {
  const registry = parseRegistryHost(call.args[0] ?? '');
  const { removed, file, helper } = await (await openLogins(call.io.env)).remove(registry);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('logout', () => ({ registry, removed, file, helper })),
    blocks: () => [
      showLine(removed ? `logged out of ${registry}` : `${registry} had no credentials here`),
    ],
  };
}
