import { resolve } from 'node:path';
import { openRegistryServer } from '../../compose/registry.ts';
import { parseListenAddress, reportServer } from '../listen.ts';
import type { RegistryServeCall } from '../options/operate.ts';
import type { Report } from '../report/report.ts';

export async function run(call: RegistryServeCall): Promise<Report> {
  const { host, port } = parseListenAddress(call.options.listen);
  const root = resolve(call.io.cwd, call.args[0] ?? '.');
  const server = await openRegistryServer({ root, host, port });
  return reportServer(call, server, [`registry at ${server.url}, content in ${root}`]);
}
