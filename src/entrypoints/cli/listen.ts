import { Failure } from '../../core/failure.ts';

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

/** Resolves when the user stops the command. */
export function waitUntilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
