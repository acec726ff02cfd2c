import { createTenant } from '../../compose/tenants.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TenantCall } from '../options/tokens.ts';
import { showLine, showNote } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

export async function run(call: TenantCall): Promise<Report> {
  const [asked = ''] = call.args;
  const config = await loadCallConfig(call);
  const { name, shard } = await createTenant(config, asked);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('tenant-create', () => ({ name, shard })),
    blocks: () => [
      showLine(`${name} has shard ${shard}`),
      showNote(`record as it with WAYBILL_TENANT=${name}, or give it a token: token create`),
    ],
  };
}
