import { type Redactable, redactInventory } from '../../../capabilities/inventory/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { loadSbomTarget } from '../../compose/sbom-files.ts';
import { openSbom } from '../../compose/take-inventory.ts';
import { version } from '../../compose/version.ts';
import type { SbomRedactCall } from '../options/inventory.ts';
import type { Report } from '../report/report.ts';
import { printPartial, writeLater } from './sbom.ts';

const BY_DEFAULT: readonly Redactable[] = ['locations', 'origins'];

/** The document says which tool made the one that it is made of, and when. */
export async function run(call: SbomRedactCall): Promise<Report> {
  const { remove } = call.options;
  const { bytes } = await loadSbomTarget(call.args[0] ?? '', call.io);
  const { inventory, tool, createdAt } = openSbom(bytes);
  const named = remove.length === 0 ? BY_DEFAULT : (remove as readonly Redactable[]);
  const redacted = redactInventory(inventory, new Set(named));
  printPartial(call, redacted);
  const made = {
    at: toInstant(Date.now()),
    tool: { name: 'waybill', version: version() },
    origin: { tool, createdAt },
  };
  return {
    kind: 'result',
    exitCode: 0,
    value: null,
    blocks: () => [],
    documents: writeLater(redacted, made),
  };
}
