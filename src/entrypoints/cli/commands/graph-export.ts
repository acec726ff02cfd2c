import { openQuestions } from '../../compose/compose.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { deliverLines } from '../result-file.ts';

export async function run(call: Call): Promise<ExitCode> {
  const reader = await openQuestions(loadCallConfig(call));
  try {
    await deliverLines(call, reader.export());
    return 0;
  } finally {
    await reader.close();
  }
}
