import { Failure } from '../../core/failure.ts';
import { compileSoon } from '../../system/threads/late-compilation.ts';
import type { Call } from './command.ts';
import { showLine } from './report/block.ts';
import type { Report } from './report/report.ts';

/** `127.0.0.1:8443`, `[::1]:8443` or `localhost:0`. */
export function parseListenAddress(text: string): { readonly host: string; readonly port: number } {
  const part = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(part?.[3] ?? Number.NaN);
  if (part === null || !(port <= 65_535)) {
    throw new Failure(
      'USAGE',
      `not an address: ${text}`,
      'Write host:port, such as 127.0.0.1:8443.',
    );
  }
  return { host: part[1] ?? part[2] ?? '', port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** The messages of a running server. The report ends when the user stops the command. */
export function reportServer(
  { signal }: Call,
  server: { readonly close: () => Promise<void> },
  lines: readonly string[],
): Report {
  compileSoon();
  return { kind: 'parts', exitCode: () => 0, parts: serveUntilStopped() };

  async function* serveUntilStopped() {
    try {
      yield { value: null, blocks: () => lines.map((one) => showLine(one)) };
      await waitUntilStopped(signal);
    } finally {
      await server.close();
    }
  }
}

/** Resolves when the user stops the command. */
function waitUntilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
