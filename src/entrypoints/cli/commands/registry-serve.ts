import { resolve } from 'node:path';
import { openRegistryServer } from '../../compose/compose.ts';
import type { Call, ExitCode } from '../command.ts';
import { parseListenAddress, waitUntilStopped } from '../listen.ts';

export async function run(call: Call): Promise<ExitCode> {
  const { host, port } = parseListenAddress(call.options.text('listen') ?? '');
  const root = resolve(call.io.cwd, call.args[0] ?? '.');
  const server = await openRegistryServer({ root, host, port });
  call.io.out(`registry at ${server.url}, content in ${root}\n`);
  await waitUntilStopped(call.signal);
  await server.close();
  return 0;
}
