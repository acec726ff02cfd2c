// npm run demo [-- --json] [-- --keep] [-- --act N]: one story on real parts, offline. The exit
// code is 0 when every step had the expected result.
import { parseArgs } from 'node:util';
import { leaveUp } from './keep.ts';
import { Narrator } from './narrator.ts';
import type { Act, Step, StepReport } from './step.ts';
import { ACTS } from './story.ts';
import { World } from './world.ts';

const USAGE = `usage: npm run demo [-- --json | --keep | --act N]

  --json   prints the expected and the actual result of each step as JSON on standard output;
           the story goes to standard error
  --keep   leaves registry, server and work folder, and says how to use and how to remove them
  --act N  tells act N alone, 1 to ${ACTS.length - 1}; what it needs of earlier acts runs in silence
`;

const INTERRUPTED = 130;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      keep: { type: 'boolean' },
      act: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [json, keep] = [values.json === true, values.keep === true];
  const only = values.act === undefined ? null : Number(values.act);
  if (only !== null && !(only >= 1 && only < ACTS.length && Number.isInteger(only))) {
    process.stderr.write(`there is no act ${values.act}\n\n${USAGE}`);
    return 2;
  }
  const stream = json ? process.stderr : process.stdout;
  // a reader that leaves early (| head) does not change the exit code
  stream.on('error', () => undefined);
  const narrator = new Narrator((text) => stream.write(text), isColoured(stream.isTTY));
  const world = new World(narrator, keep);
  let isInterrupted = false;
  const stop = (): void => {
    // a second signal must not interrupt the cleaning that the first one started
    if (isInterrupted) return;
    isInterrupted = true;
    narrator.line('\ninterrupted: cleaning up');
    narrator.end();
    void world.clean().finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const started = performance.now();
  const reports =
    only === null
      ? await tellStory(ACTS, 0, world, narrator)
      : await tellAct(only, world, narrator);
  if (isInterrupted) return new Promise(() => undefined); // cleaning up ends the process
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const ok = reports.every((report) => report.ok);
  const right = reports.filter((report) => report.ok).length;
  narrator.line(`\n${right} of ${reports.length} steps as expected, in ${seconds} s`);
  const kept = keep ? leaveUp(world, narrator) : null;
  if (kept === null) await world.clean();
  if (json)
    process.stdout.write(
      `${JSON.stringify({ demo: 'waybill', ok, seconds, steps: reports, kept }, null, 2)}\n`,
    );
  return ok ? 0 : 1;
}

/**
 * Tells one act. The steps that it needs of earlier acts run in silence; they are reported only if
 * they fail.
 */
async function tellAct(
  number: number,
  world: World,
  narrator: Narrator,
): Promise<readonly StepReport[]> {
  narrator.line('what this act needs of the acts before it is done first …');
  const needed = ACTS.slice(0, number).map((act) => ({
    ...act,
    steps: act.steps.filter(({ isAside }) => isAside !== true),
  }));
  const before = await narrator.inSilence(() => tellStory(needed, 0, world, narrator));
  const failed = before.filter(({ ok }) => !ok);
  for (const report of failed.slice(0, 1)) narrator.verdict(report);
  if (failed.length > 0) return failed;
  return tellStory(ACTS.slice(number, number + 1), number, world, narrator);
}

/**
 * Runs the steps in order. It stops after a step with an unexpected result, because the later steps
 * depend on it.
 */
async function tellStory(
  acts: readonly Act[],
  first: number,
  world: World,
  narrator: Narrator,
): Promise<readonly StepReport[]> {
  const reports: StepReport[] = [];
  for (const [number, act] of acts.entries()) {
    if (reports.every(({ ok }) => ok)) narrator.act(first + number, act);
    for (const step of act.steps) {
      const reached = reports.every(({ ok }) => ok);
      const report = reached
        ? await play(act, step, world, narrator)
        : toStepReport(act, step, null, 0, []);
      reports.push(report);
    }
  }
  return reports;
}

async function play(act: Act, step: Step, world: World, narrator: Narrator): Promise<StepReport> {
  narrator.step(step);
  const [started, before] = [performance.now(), world.commands.length];
  const actual = await step.run(world).catch((thrown: unknown) => `error: ${String(thrown)}`);
  const ms = Math.round(performance.now() - started);
  const report = toStepReport(act, step, actual, ms, world.commands.slice(before));
  narrator.verdict(report);
  return report;
}

function toStepReport(
  act: Act,
  step: Step,
  actual: string | null,
  ms: number,
  commands: readonly string[],
): StepReport {
  const { id, proves, says, expects } = step;
  return {
    act: act.name,
    id,
    proves,
    says,
    expected: expects,
    actual,
    ok: actual === expects,
    ms,
    commands,
  };
}

/** NO_COLOR (no-color.org) wins. */
function isColoured(isTerminal: boolean | undefined): boolean {
  return (
    (process.env['NO_COLOR'] ?? '') === '' && isTerminal === true && process.env['TERM'] !== 'dumb'
  );
}

process.exitCode = await main();
