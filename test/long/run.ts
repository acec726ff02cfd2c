// npm run test:long [-- OPTIONS]: what takes too long for `npm test`. See --help.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz/run.ts';
import { formatFigure, type LongResult } from './report.ts';
import { scale } from './scale/run.ts';
import { soak } from './soak/run.ts';

const HELP = `npm run test:long -- [OPTIONS]: tests that take too long for npm test.

  fuzz   every reader of input from outside, and every gate, with changed inputs: each case has a
         budget of time and memory. Seeds that found a fault are kept in
         test/long/fuzz/kept-seeds.json and run first.

  soak   all attacks at once on a real server with the memory that its manifest gives it, while an
         innocent image is reviewed. Then the server is killed and started, and its log must have
         each decision that was answered. Run it on an idle machine.

  scale  what one more release and one page of an answer cost, in a graph of 1,000 releases and in one
         of 10,000: the ratio of processor time.

  --only KIND       fuzz, soak or scale
  --minutes N       how long fuzz and soak run (10 by default)
  --sample          two minutes of fuzz and soak, and a part of scale, as .ci/run does
  --seed N          the seed of the fuzz (by default 1 in a sample, else by chance; it is
                    printed)
  --filter TEXT     only readers with this in their name
  --format json     figures and faults as JSON on standard output
  --report FILE     counts for .ci/run, in the form of vitest's JSON report
  --help

Examples:
  npm run test:long -- --sample
  npm run test:long -- --only fuzz --minutes 60 --seed 7
  npm run test:long -- --only fuzz --filter readSbom
  npm run test:long -- --only soak --minutes 30
`;

const KINDS = ['fuzz', 'soak', 'scale'] as const;
type Kind = (typeof KINDS)[number];

interface LongOptions {
  readonly kinds: readonly Kind[];
  readonly seconds: number;
  readonly isSample: boolean;
  readonly seed: number;
  readonly filter: string;
  readonly json: boolean;
  readonly report: string | null;
}

function readOptions(args: readonly string[]): LongOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      sample: { type: 'boolean', default: false },
      seed: { type: 'string' },
      filter: { type: 'string', default: '' },
      format: { type: 'string', default: 'text' },
      report: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = KINDS.find((kind) => kind === values.only);
  if (values.only !== undefined && only === undefined)
    throw new Error(`--only takes one of ${KINDS.join(', ')}`);
  if (!['text', 'json'].includes(values.format)) throw new Error('--format takes text or json');
  return {
    kinds: only === undefined ? KINDS : [only],
    isSample: values.sample,
    seconds: values.sample ? 120 : readNumber('--minutes', values.minutes) * 60,
    seed: readNumber(
      '--seed',
      values.seed ?? String(values.sample ? SAMPLE_SEED : Math.floor(Math.random() * 2 ** 31)),
    ),
    filter: values.filter,
    json: values.format === 'json',
    report: values.report ?? null,
  };
}

function readNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`${option} takes a number, not ${JSON.stringify(text)}`);
  return value;
}

/** A gate tries the same cases each time; a run without --sample tries others. */
const SAMPLE_SEED = 1;
/** Half of what two minutes are enough for, so that a slower machine tries the same cases. */
const SAMPLE_ROUNDS = 12;

const RUNS: Readonly<Record<Kind, (options: LongOptions, say: Say) => Promise<LongResult>>> = {
  fuzz: (options, say) =>
    fuzz({
      ...options,
      roundsMax: options.isSample ? SAMPLE_ROUNDS : Number.POSITIVE_INFINITY,
      say,
    }),
  soak: (options, say) => soak({ ...options, say }),
  scale: (options, say) => scale({ releases: options.isSample ? 400 : 1_000, say }),
};
type Say = (line: string) => void;

/** A kind that cannot run at all is one fault. */
async function runKind(kind: Kind, options: LongOptions, say: Say): Promise<LongResult> {
  try {
    return await RUNS[kind](options, say);
  } catch (thrown) {
    const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { kind, tried: 1, faults: [why], figures: [] };
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return void process.stdout.write(HELP);
  const say: Say = (line) => void process.stderr.write(`${line}\n`);
  const results: LongResult[] = [];
  say(`seed ${options.seed}`);
  for (const kind of options.kinds) {
    const started = performance.now();
    const result = await runKind(kind, options, say);
    results.push(result);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    say(`${kind}: ${result.tried} tried, ${result.faults.length} failed, ${seconds} s`);
    for (const figure of result.figures) say(formatFigure(figure));
    for (const fault of result.faults) say(`  FAILED ${fault}`);
  }
  const failed = results.reduce((sum, { faults }) => sum + faults.length, 0);
  const tried = results.reduce((sum, one) => sum + one.tried, 0);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ seed: options.seed, results }, null, 2)}\n`);
  if (options.report !== null)
    writeFileSync(
      options.report,
      JSON.stringify({ numPassedTests: Math.max(0, tried - failed), numFailedTests: failed }),
    );
  process.exitCode = failed === 0 ? 0 : 1;
}

await main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${HELP}`);
  process.exitCode = 2;
});
