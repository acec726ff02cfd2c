import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { APP_NAME } from '../../../phases/deploy/index.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { loadOwnTls } from '../../server/tls.ts';
import { wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { requireLabel } from '../manifest-output.ts';

/**
 * Keeps what is good. A new authority leaves the old one beside it: for a while the API server must
 * trust both.
 */
export async function run(call: Call): Promise<ExitCode> {
  const folder = resolve(call.io.cwd, call.args[0] ?? '');
  const namespace = requireLabel('namespace', call.options.text('namespace') ?? '');
  const service = `${APP_NAME}.${namespace}.svc`;
  const file = (name: string): string => join(folder, name);
  const before = existsSync(file('ca.crt')) ? readFileSync(file('ca.crt')) : null;
  const hosts = [
    service,
    `${service}.cluster.local`,
    ...call.options.texts('host'),
    ...readNames(file('tls.crt')),
  ];
  if (call.options.flag('renew')) rmSync(file('tls.crt'), { force: true });
  const { caFile } = loadOwnTls(folder, [...new Set(hosts)]);
  const isNew = before === null || !readFileSync(caFile).equals(before);
  const previous = isNew && before !== null ? file('ca.previous.crt') : null;
  if (previous !== null && before !== null) writeWhole(previous, before);
  const secret =
    `kubectl -n ${namespace} create secret tls waybill-tls --cert ${file('tls.crt')} --key ` +
    `${file('tls.key')} --dry-run=client -o yaml | kubectl apply -f -`;
  const authorities = [caFile, ...(previous === null ? [] : [previous])]
    .map((path) => `--ca ${path}`)
    .join(' ');
  const result = {
    folder,
    made: isNew,
    ca: caFile,
    previous,
    cert: file('tls.crt'),
    key: file('tls.key'),
  };
  const text = [
    `${isNew ? 'made' : 'kept'}: ${folder}`,
    `next: ${secret}`,
    `then: waybill cluster webhook ${authorities}`,
  ];
  call.io.out(wantsJson(call) ? `${JSON.stringify(result, null, 2)}\n` : `${text.join('\n')}\n`);
  return 0;
}

/** A certificate that is renewed goes on to name what it named. */
function readNames(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const text = new X509Certificate(readFileSync(file)).subjectAltName ?? '';
  return text.split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
}
