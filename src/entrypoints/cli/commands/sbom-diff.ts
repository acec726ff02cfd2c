import {
  diffInventories,
  type InventoryDifference,
} from '../../../capabilities/inventory/index.ts';
import { takeInventory } from '../../compose/take-inventory.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { SbomDiffCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { printPartial } from './sbom.ts';

/** Two targets of any kind: what is compared is what each is made of. */
export async function run(call: SbomDiffCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const [one = '', other = ''] = call.args;
  const before = await takeInventory(one, context);
  const after = await takeInventory(other, context);
  clearProgress(call.io);
  for (const { inventory } of [before, after]) printPartial(call, inventory);
  const difference = diffInventories(before.inventory, after.inventory);
  const isWhole = [before, after].every(({ inventory }) => inventory.outcome === 'complete');
  const isSame = Object.values(difference).every((list) => list.length === 0);
  return {
    kind: 'result',
    exitCode: call.options.exitCode && !isSame ? 1 : 0,
    value: toValue('sbom-diff', () => ({
      before: before.target.text,
      after: after.target.text,
      outcome: isWhole ? 'complete' : 'partial',
      ...difference,
    })),
    blocks: () => showDifference(difference, isSame),
  };
}

function showDifference(difference: InventoryDifference, isSame: boolean): readonly Block[] {
  if (isSame) return [showLine('no difference')];
  const { added, removed, changed, altered } = difference;
  const rows = [
    ...added.map((purl) => ['added', purl, '', '']),
    ...removed.map((purl) => ['removed', purl, '', '']),
    ...changed.map(({ from, to }) => ['changed', to, from, to]),
    ...altered.map(({ purl, what, before, after }) => [what, purl, before, after]),
  ];
  return [showTable(['WHAT', 'COMPONENT', 'BEFORE', 'AFTER'], rows)];
}
