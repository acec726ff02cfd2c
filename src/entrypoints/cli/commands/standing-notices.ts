import { shortenInstant, toInstant } from '../../../core/instant.ts';
import { reviveDelivery } from '../../server/standing/standing-rounds.ts';
import { StandingStore } from '../../server/standing/standing-store.ts';
import { describeDelivery } from '../../server/standing/standing-text.ts';
import { loadCallConfig } from '../call-config.ts';
import type { StandingNoticesCall } from '../options/standing.ts';
import { type Block, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** Ends with 1 where a notice was given up: somebody was not told. */
export async function run(call: StandingNoticesCall): Promise<Report> {
  const { home } = await loadCallConfig(call);
  const store = new StandingStore(home);
  const { retry } = call.options;
  if (retry !== undefined) await reviveDelivery(store, retry, toInstant(Date.now()));
  const notices = store.listDeliveries().map(describeDelivery);
  return {
    kind: 'result',
    exitCode: notices.some(({ state }) => state === 'dead') ? 1 : 0,
    value: toValue('standing-notices', () => ({ notices })),
    blocks: () => showNotices(notices),
  };
}

function showNotices(notices: SchemaValue<'standing-notices'>['notices']): readonly Block[] {
  if (notices.length === 0) return [showNote('every notice was delivered')];
  const rows = notices.map(({ id, target, changes, state, attempts, nextAt, reason }) => [
    ...[id, target, `${changes}`, state, `${attempts}`],
    ...[state === 'dead' ? '-' : shortenInstant(nextAt), reason ?? '-'],
  ]);
  return [showTable(['ID', 'TO', 'CHANGES', 'STATE', 'TRIES', 'NEXT', 'WHY'], rows)];
}
