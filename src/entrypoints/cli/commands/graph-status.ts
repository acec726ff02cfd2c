import { formatCount } from '../../../core/count.ts';
import { orThrow } from '../../../core/result.ts';
import { nameDatabase, openQuestions } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import type { GraphStatusCall } from '../options/graph.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

export async function run(call: GraphStatusCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const reader = await openQuestions(config);
  try {
    const status = orThrow(await reader.ask({ name: 'status' }));
    const head = { size: status.head.size, root: Buffer.from(status.head.root).toString('hex') };
    const shown = { database: await nameDatabase(config), ...status, head };
    return {
      kind: 'result',
      exitCode: status.problems.length === 0 ? 0 : 1,
      value: toValue('graph-status', () => shown),
      blocks: () => showStatus(shown),
    };
  } finally {
    await reader.close();
  }
}

function showStatus({
  database,
  schemaVersion,
  head,
  documents,
  rows,
  problems,
}: SchemaValue<'graph-status'>): readonly Block[] {
  return [
    showLine(`${database}, schema ${schemaVersion}`),
    showLine(`log: ${formatCount(head.size, 'document')}, root ${head.root}`),
    showTable(['DOCUMENTS', 'KIND'], toCountRows(documents)),
    showTable(['ROWS', 'TABLE'], toCountRows(rows)),
    ...problems.map(({ kind, subject, detail }) =>
      showLine(`problem: ${kind} ${subject}: ${detail}`),
    ),
  ];
}

function toCountRows(counts: Readonly<Record<string, number>>): readonly (readonly string[])[] {
  return Object.entries(counts).map(([name, count]) => [String(count), name]);
}
