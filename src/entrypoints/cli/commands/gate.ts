import type { ImageVerdict } from '../../../gates/desk/index.ts';
import { openGateDesk, requireImage } from '../gate-desk.ts';
import type { GateReleaseCall } from '../options/gates.ts';
import { type Report, toValue } from '../report/report.ts';
import { showVerdict, toVerdictExitCode, toVerdictJson } from '../verdict-output.ts';

/** Asks the release gate. The verdict is the one that `waybill release` would get. */
export async function run(call: GateReleaseCall): Promise<Report> {
  for (const text of call.args) requireImage(text, call.io.cwd);
  const { desk, close } = await openGateDesk(call);
  try {
    const verdicts: ImageVerdict[] = [];
    for (const image of call.args)
      verdicts.push(await desk.decide(image, 'release', null, call.signal));
    return {
      kind: 'result',
      exitCode: toVerdictExitCode(verdicts),
      value: toValue('gate-release', () => ({
        gate: 'release' as const,
        verdicts: verdicts.map(toVerdictJson),
      })),
      blocks: () => verdicts.flatMap((one) => showVerdict(one, call.options.explain)),
    };
  } finally {
    await close();
  }
}
