import { readAbout, showAbout } from '../about.ts';
import { loadCallConfig } from '../call-config.ts';
import type { VersionCall } from '../options/set-up.ts';
import { type Report, toValue } from '../report/report.ts';

/** What a report about Waybill needs. */
export async function run(call: VersionCall): Promise<Report> {
  const about = await readAbout(() => loadCallConfig(call));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('version', () => about),
    blocks: () => showAbout(about),
  };
}
