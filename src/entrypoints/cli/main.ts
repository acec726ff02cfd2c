import { asFailure, FAILURES, type Failure } from '../../core/failure.ts';
import { version } from '../version.ts';
import type { ExitCode } from './command.ts';
import { type Io, paint, printable, processIo } from './io.ts';

/** Runs one command line and leaves the exit code in the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const io = processIo();
  process.stdout.on('error', endQuietlyOnClosedPipe);
  process.exitCode = await run(argv, io);
}

/** `--version` loads nothing else: it is asked by scripts, often. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === '--version' || argv[0] === '-V') {
    io.out(`waybill ${version()}\n`);
    return 0;
  }
  try {
    const { parseAndRun } = await import('./program.ts');
    return await parseAndRun(argv, io);
  } catch (thrown) {
    const failure = asFailure(thrown);
    printFailure(failure, io, argv);
    return FAILURES[failure.code].exit;
  }
}

/** What, why and how to mend it; as JSON on stdout too, where JSON was asked for. */
function printFailure(failure: Failure, io: Io, argv: readonly string[]): void {
  const cause = failure.cause instanceof Error ? failure.cause.message : undefined;
  const asksJson = argv.some(
    (word, at) => word === '--format=json' || (word === '--format' && argv[at + 1] === 'json'),
  );
  if (asksJson) {
    const error = { code: failure.code, message: failure.message, remedy: failure.remedy };
    io.out(`${JSON.stringify({ error })}\n`);
  }
  io.err(`${paint(io, 'red', 'error:')} ${printable(failure.message)} [${failure.code}]\n`);
  if (cause !== undefined && cause !== failure.message) io.err(`  cause: ${printable(cause)}\n`);
  io.err(`  fix: ${printable(failure.remedy)}\n`);
  if (failure.code === 'INTERNAL' && io.env['WAYBILL_DEBUG'] === '1') io.err(`${failure.stack ?? ''}\n`);
}

function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
