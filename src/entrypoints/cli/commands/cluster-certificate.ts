import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { APP_NAME } from '../../../phases/deploy/index.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { loadOwnTls } from '../../server/tls.ts';
import { requireLabel } from '../manifest-output.ts';
import type { ClusterCertificateCall } from '../options/cluster.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/**
 * Keeps valid certificates. A new authority does not replace the file of the old one: for a while
 * the API server must trust both.
 */
export async function run(call: ClusterCertificateCall): Promise<Report> {
  const folder = resolve(call.io.cwd, call.args[0] ?? '');
  const namespace = requireLabel('namespace', call.options.namespace);
  const service = `${APP_NAME}.${namespace}.svc`;
  const file = (name: string): string => join(folder, name);
  const before = existsSync(file('ca.crt')) ? readFileSync(file('ca.crt')) : null;
  const hosts = [
    service,
    `${service}.cluster.local`,
    ...call.options.host,
    ...readNames(file('tls.crt')),
  ];
  if (call.options.renew) rmSync(file('tls.crt'), { force: true });
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
  const lines = [
    `${isNew ? 'made' : 'kept'}: ${folder}`,
    `next: ${secret}`,
    `then: waybill cluster webhook ${authorities}`,
  ];
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('cluster-certificate', () => result),
    blocks: () => lines.map((one) => showLine(one)),
  };
}

/** A renewed certificate keeps the names of the old one. */
function readNames(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const text = new X509Certificate(readFileSync(file)).subjectAltName ?? '';
  return text.split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
}
