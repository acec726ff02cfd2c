import { writeSync } from 'node:fs';
import { toAnswer } from '../../core/api-version.ts';
import { FAILURES, Failure } from '../../core/failure.ts';
import { classifyErrno, toSystemFailure } from '../../system/files/errno.ts';
import { version } from '../compose/version.ts';
import { asksVersion } from './asks-version.ts';
import { createProcessIo, type Io, makePrintable, paintErr } from './io.ts';
import type { ExitCode } from './report/report.ts';

/** Runs one command line with the streams of the process, and leaves the exit code in it. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const isPlugin = isCalledAsPlugin(process.argv[1] ?? '');
  if (asksVersion(argv) && !isPlugin && writeAtOnce(formatVersion())) return;
  const isShown = !asksVersion(argv) && process.stderr.isTTY === true;
  const wrap = isShown ? (await import('./report/wrap.ts')).wrapLines : null;
  const io = createProcessIo((cause) => end(createUnwritableFailure(cause)), wrap);
  const end = (failure: Failure): never => {
    printFailure(failure, io, []);
    process.exit(FAILURES[failure.code].exit);
  };
  // Node's own exit code for these is 1, which means "denied or findings" here.
  process.on('uncaughtException', (thrown) => end(toSystemFailure(thrown)));
  process.on('unhandledRejection', (thrown) => end(toSystemFailure(thrown)));
  process.exitCode = isPlugin
    ? await (await import('./notation-plugin.ts')).runAsPlugin(argv, io)
    : await run(argv, io);
}

const formatVersion = (): string => `waybill ${version()}\n`;

/**
 * Without the stream of Node.js, which takes longer to make than all else that the version needs.
 * False, and nothing is written, where the stream would wait or say what is wrong.
 */
function writeAtOnce(text: string): boolean {
  try {
    return writeSync(1, text) > 0;
  } catch {
    return false;
  }
}

/** Whether the program was called as a plugin of notation: `notation-waybill`, in each form. */
function isCalledAsPlugin(program: string): boolean {
  return /(?:^|[\\/])notation-waybill(?:\.js|\.exe)?$/.test(program);
}

function createUnwritableFailure(cause: NodeJS.ErrnoException): Failure {
  const isFull = classifyErrno(cause) === 'full';
  const remedy = isFull ? 'Free some space and run it again.' : 'Check where standard output goes.';
  return new Failure(
    isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
    'standard output cannot be written',
    remedy,
    { cause },
  );
}

export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (asksVersion(argv)) {
    io.out(formatVersion());
    return 0;
  }
  try {
    const { parseAndRun } = await import('./program.ts');
    return await parseAndRun(argv, io);
  } catch (thrown) {
    const failure = toSystemFailure(thrown);
    printFailure(failure, io, argv);
    return FAILURES[failure.code].exit;
  }
}

/** Prints what failed, why, and how to fix it; also as JSON on stdout if JSON was requested. */
function printFailure(failure: Failure, io: Io, argv: readonly string[]): void {
  const cause = failure.cause instanceof Error ? failure.cause.message : undefined;
  const asksJson = argv.some(
    (word, at) => word === '--format=json' || (word === '--format' && argv[at + 1] === 'json'),
  );
  if (asksJson) {
    const error = { code: failure.code, message: failure.message, remedy: failure.remedy };
    io.out(`${JSON.stringify(toAnswer({ error }))}\n`);
  }
  const prefix = argv.includes('--no-color') ? 'error:' : paintErr(io, 'red', 'error:');
  io.err(`${prefix} ${makePrintable(failure.message)} [${failure.code}]\n`);
  if (cause !== undefined && cause !== failure.message)
    io.err(`  cause: ${makePrintable(cause)}\n`);
  io.err(`  fix: ${makePrintable(failure.remedy)}\n`);
  if (failure.code === 'INTERNAL' && io.env['WAYBILL_DEBUG'] === '1')
    io.err(`${failure.stack ?? ''}\n`);
}
