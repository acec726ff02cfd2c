import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import { buildChart } from '../../../phases/deploy/index.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { version } from '../../compose/version.ts';
import type { ClusterChartCall } from '../options/cluster.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { readServerOptions } from './cluster-server.ts';

/** Files of an older chart are not mixed with those of a new one: the folder must be new. */
export async function run(call: ClusterChartCall): Promise<Report> {
  const folder = resolve(call.io.cwd, call.args[0] ?? '');
  // mutant chart-over-another by cli-cluster: condition -> false
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Failure(
      'FILE_UNWRITABLE',
      `${folder} is not empty`,
      'Name a new folder, or empty this one.',
    );
  const options = await readServerOptions(call);
  const { updates = { every: null, from: null, ageMax: null } } = options;
  const files = buildChart({ ...options, updates, version: version() });
  for (const [name, text] of files) {
    const path = join(folder, name);
    makeFolders(dirname(path));
    writeWhole(path, Buffer.from(text));
  }
  const names = [...files.keys()];
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('cluster-chart', () => ({ folder, files: names })),
    blocks: () => [
      showLine(`written: ${folder}`),
      showLine(`next: helm install waybill ${folder} --namespace waybill --create-namespace`),
    ],
  };
}
