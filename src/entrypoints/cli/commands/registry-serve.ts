import { resolve } from 'node:path';
import { Failure, toFailure } from '../../../core/failure.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { openRegistryServer } from '../../compose/registry.ts';
import { readTls } from '../../server/tls.ts';
import { parseListenAddress, reportServer } from '../listen.ts';
import { createLogWriter } from '../log-writer.ts';
import type { RegistryServeCall } from '../options/operate.ts';
import type { Report } from '../report/report.ts';

export async function run(call: RegistryServeCall): Promise<Report> {
  const { host, port } = parseListenAddress(call.options.listen);
  const root = resolve(call.io.cwd, call.args[0] ?? '.');
  const log = createLogWriter(call.options.logFormat);
  const { access, users, tlsCert, tlsKey } = call.options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Failure('USAGE', '--tls-cert and --tls-key belong together', 'Give both.');
  if (access === undefined && users !== undefined)
    throw new Failure('USAGE', 'users without rights may do nothing', 'Name them: --access FILE.');
  const find = (path: string): string => resolve(call.io.cwd, path);
  const server = await openRegistryServer({
    ...{ root, host, port },
    access: access === undefined ? null : find(access),
    users: users === undefined ? null : find(users),
    tls: tlsCert === undefined ? null : readTls(find(tlsCert), find(tlsKey ?? '')),
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
