import { listTenants } from '../../compose/tenants.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TenantCall } from '../options/tokens.ts';
import { showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

export async function run(call: TenantCall): Promise<Report> {
  const tenants = await listTenants(await loadCallConfig(call));
  const rows = tenants.map(({ name, shard }) => [name, String(shard)]);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('tenant-list', () => ({ tenants })),
    blocks: () => [
      rows.length === 0
        ? showNote('no tenants; make one: waybill tenant create NAME')
        : showTable(['NAME', 'SHARD'], rows),
    ],
  };
}
