import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
}

const BYTES_MAX = 64 * 1024 * 1024;

/**
 * Runs the Waybill beside the integration; what it says on standard error is given to `say` line by
 * line. Inputs of the job do not reach its environment: they are in its words already.
 */
export function runWaybill(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  say: (line: string) => void,
): Promise<Ended> {
  const [program = '', ...args] = words;
  const own = Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.toUpperCase().startsWith('INPUT_')),
  );
  const child = spawn(program, args, { cwd, env: own, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BYTES_MAX) chunks.push(chunk);
  });
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    const lines = `${rest}${text}`.split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) say(line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (rest !== '') say(rest);
      const stdout = bytes <= BYTES_MAX ? Buffer.concat(chunks).toString('utf8') : '';
      resolve({ code: code ?? 2, stdout });
    });
  });
}
