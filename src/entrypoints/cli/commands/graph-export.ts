import { openQuestions } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import type { GraphExportCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';

export async function run(call: GraphExportCall): Promise<Report> {
  const reader = await openQuestions(await loadCallConfig(call));
  return { kind: 'lines', lines: readLines(reader) };
}

/** The lines of the export. The graph stays open until the last line, or until the reader stops. */
async function* readLines(
  reader: Awaited<ReturnType<typeof openQuestions>>,
): AsyncGenerator<string> {
  try {
    yield* reader.export();
  } finally {
    await reader.close();
  }
}
