import { RUNNER_TYPE } from '../../../capabilities/attestation/index.ts';
import { proveJob } from '../../compose/build-job.ts';
import { stateRunner } from '../../compose/build-runner.ts';
import { makePrintable, sayNote } from '../io.ts';
import type { ProvenanceRunnerCall } from '../options/statements.ts';
import type { Report } from '../report/report.ts';
import { type StatedPlace, stateAbout } from '../state-about.ts';

/** States which job on which machine made an image, and when, each by its own proof (B7). */
export async function run(call: ProvenanceRunnerCall): Promise<Report> {
  const { io, signal, options } = call;
  const { jobToken: token, jobKeys: keys, machine, timeFrom } = options;
  const tell = (line: string): void => sayNote(io, `${makePrintable(line)}\n`);
  const place = { env: io.env, cwd: io.cwd, signal, tell };
  const job = await proveJob({ token, keys }, place);
  const stated = {
    predicateType: RUNNER_TYPE,
    fileName: 'runner.intoto.json',
    state: (about: StatedPlace) => stateRunner({ job, machine, timeFrom }, about, place),
  };
  return stateAbout(call, stated, 'provenance-runner');
}
