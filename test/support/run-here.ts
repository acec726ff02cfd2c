import { Readable } from 'node:stream';
import { run } from '../../src/entrypoints/cli/command-line.ts';
import { testIo } from './test-io.ts';

export interface HereResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, in a folder and with an environment. */
export async function runHere(
  args: readonly string[],
  {
    cwd,
    env,
    stdin = '',
  }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly stdin?: string },
): Promise<HereResult> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    ...testIo(),
    stdin: Readable.from(stdin === '' ? [] : [stdin]),
    out: (text) => void out.push(text),
    outBytes: (bytes) => void out.push(Buffer.from(bytes).toString('utf8')),
    err: (text) => void err.push(text),
    env,
    cwd,
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

/** What a command that must succeed printed. */
export function requireSuccess(args: readonly string[], ended: HereResult): HereResult {
  const { code, stdout, stderr } = ended;
  if (code === 0) return ended;
  throw new Error(`waybill ${args.join(' ')}: ${code}: ${stdout}${stderr}`);
}
