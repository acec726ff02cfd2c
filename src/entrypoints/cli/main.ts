import { asksVersion } from './asks-version.ts';

/** Runs one command line and leaves the exit code in the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // All code that is loaded from here on is loaded under the same flags: V8 refuses compiled code
  // of other ones. This module therefore imports hardly anything itself.
  if (!asksVersion(argv)) (await import('../../system/threads/late-compilation.ts')).compileLate();
  await (await import('./command-line.ts')).runProcess(argv);
}
