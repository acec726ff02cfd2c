import type { CveSeverity } from '../../../capabilities/advisories/index.ts';
import { formatStated } from '../stated-form.ts';
import { splitIntoChunks } from './chunks.ts';
import type { Projection } from './projection.ts';

/**
 * What the CNA and CISA state about the severity of CVEs. It names no vulnerability: of a CVE that
 * no advisory names, nothing is known but this.
 */
export async function projectCveSeverities(
  projection: Projection,
  severities: readonly CveSeverity[],
): Promise<void> {
  const { connected, shard, position } = projection;
  for (const some of splitIntoChunks(severities)) {
    const wanted = new Map(some.map(({ cve, stated }) => [cve, formatStated(stated)]));
    const before = await connected.db
      .selectFrom('cve_severity')
      .select(['cve', 'stated'])
      .where('shard', '=', shard)
      .where('cve', 'in', [...wanted.keys()])
      .where('known_to', 'is', null)
      .execute();
    const ended: string[] = [];
    for (const { cve, stated } of before) {
      if (wanted.get(cve) === stated) wanted.delete(cve);
      else ended.push(cve);
    }
    if (ended.length > 0)
      await connected.db
        .updateTable('cve_severity')
        .set({ known_to: position })
        .where('shard', '=', shard)
        .where('cve', 'in', ended)
        .where('known_to', 'is', null)
        .execute();
    // Nobody rates it: that is what no row says.
    const rated = [...wanted].filter(([, stated]) => stated !== '');
    const rows = rated.map(([cve, stated]) => [shard, cve, stated, position]);
    rows.sort((one, other) => (String(one[1]) < String(other[1]) ? -1 : 1));
    await connected.insertRows('cve_severity', ['shard', 'cve', 'stated', 'known_from'], rows);
  }
}
