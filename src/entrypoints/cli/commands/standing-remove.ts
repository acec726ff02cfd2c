import { StandingStore } from '../../server/standing/standing-store.ts';
import { loadCallConfig } from '../call-config.ts';
import type { StandingListCall } from '../options/standing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

export async function run(call: StandingListCall): Promise<Report> {
  const [name = ''] = call.args;
  const { home } = await loadCallConfig(call);
  await new StandingStore(home).remove(name);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('standing-remove', () => ({ removed: name })),
    blocks: () => [showLine(`removed ${name}`)],
  };
}
