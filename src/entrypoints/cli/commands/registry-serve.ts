import { resolve } from 'node:path';
import { toFailure } from '../../../core/failure.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { openRegistryServer } from '../../compose/registry.ts';
import { parseListenAddress, reportServer } from '../listen.ts';
import { createLogWriter } from '../log-writer.ts';
import type { RegistryServeCall } from '../options/operate.ts';
import type { Report } from '../report/report.ts';

export async function run(call: RegistryServeCall): Promise<Report> {
  const { host, port } = parseListenAddress(call.options.listen);
  const root = resolve(call.io.cwd, call.args[0] ?? '.');
  const log = createLogWriter(call.options.logFormat);
  const server = await openRegistryServer({
    ...{ root, host, port },
    accessed: (entry) => log({ level: toLevel(entry), event: 'access', ...entry }),
    onDefect: (thrown) => {
      const { code, message } = toFailure(thrown);
      log({ level: 'error', event: 'defect', code, message: toOneLine(message) });
    },
  });
  return reportServer(call, server, [`registry at ${server.url}, content in ${root}`]);
}

function toLevel({ status }: { readonly status: number }): 'info' | 'error' {
  return status >= 500 ? 'error' : 'info';
}
