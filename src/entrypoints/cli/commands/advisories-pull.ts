import { withoutLateCompilation } from '../../../system/threads/late-compilation.ts';
import { isIndexName } from '../../compose/pull-advisories.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesPullCall } from '../options/inventory.ts';
import type { Report } from '../report/report.ts';
import { pullIndex } from './advisories-update.ts';

/** Imports a signed index from a registry or from a disk. */
export async function run(call: AdvisoriesPullCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const name = call.args[0] ?? '';
  const from = isIndexName(name) ? name : `oci://${name}`;
  const as = call.options.as ?? null;
  return withoutLateCompilation((begin) =>
    pullIndex(call, config, from, { as, begin, schema: 'advisories-pull' }),
  );
}
