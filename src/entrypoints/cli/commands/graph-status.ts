import { orThrow } from '../../../core/result.ts';
import { openQuestions } from '../../compose/compose.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { formatTable, makePrintable } from '../io.ts';

export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const reader = await openQuestions(config);
  try {
    const status = orThrow(await reader.ask({ name: 'status' }));
    const head = { size: status.head.size, root: Buffer.from(status.head.root).toString('hex') };
    if (wantsJson(call))
      call.io.out(`${JSON.stringify({ database: config.database, ...status, head }, null, 2)}\n`);
    else {
      call.io.out(
        `${config.database}, schema ${status.schemaVersion}\nlog: ${head.size} documents, ` +
          `root ${head.root}\n`,
      );
      call.io.out(
        formatTable(
          ['DOCUMENTS', 'KIND'],
          Object.entries(status.documents).map(([kind, count]) => [String(count), kind]),
        ),
      );
      call.io.out(
        formatTable(
          ['ROWS', 'TABLE'],
          Object.entries(status.rows).map(([name, count]) => [String(count), name]),
        ),
      );
      for (const { kind, subject, detail } of status.problems)
        call.io.out(`problem: ${kind} ${makePrintable(subject)}: ${makePrintable(detail)}\n`);
    }
    return status.problems.length === 0 ? 0 : 1;
  } finally {
    await reader.close();
  }
}
