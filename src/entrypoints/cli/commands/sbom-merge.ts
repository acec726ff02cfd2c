import type { Inventory } from '../../../capabilities/ecosystems/index.ts';
import { mergeInventories } from '../../../capabilities/inventory/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { takeInventory } from '../../compose/take-inventory.ts';
import { version } from '../../compose/version.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { SbomMergeCall } from '../options/inventory.ts';
import type { Report } from '../report/report.ts';
import { printPartial, toAuthor, writeLater } from './sbom.ts';

/** One that cannot be read ends the command: the whole would lack a part without saying so. */
export async function run(call: SbomMergeCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const [first = '', ...others] = call.args;
  const parts: [Inventory, ...Inventory[]] = [(await takeInventory(first, context)).inventory];
  for (const target of others) parts.push((await takeInventory(target, context)).inventory);
  clearProgress(call.io);
  const merged = mergeInventories(parts, call.options.name);
  printPartial(call, merged);
  const made = {
    at: toInstant(Date.now()),
    tool: { name: 'waybill', version: version() },
    ...toAuthor(call.options.author),
  };
  return {
    kind: 'result',
    exitCode: 0,
    value: null,
    blocks: () => [],
    documents: writeLater(merged, made),
  };
}
