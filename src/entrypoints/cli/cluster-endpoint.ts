import { resolve } from 'node:path';
import { parseCertificates } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { writePem } from '../../formats/der/pem.ts';
import { readFileBounded } from '../../system/files/read-file.ts';

/**
 * Only certificates: a file that also contains a key is refused, so that no key gets into the
 * cluster.
 */
export async function readAuthorities(cwd: string, files: readonly string[]): Promise<string> {
  const pems: string[] = [];
  for (const file of files) {
    const bytes = await readFileBounded(resolve(cwd, file), LIMITS.configBytesMax);
    pems.push(...orThrow(parseCertificates(bytes)).map(({ der }) => writePem('CERTIFICATE', der)));
  }
  return [...new Set(pems)].join('');
}

/** As a cluster reads it: https, with only host, port and this path. USAGE for another. */
export function parseEndpoint(text: string | undefined, path: string): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url?.protocol === 'https:' && plain && url.pathname.endsWith(path)) return url.href;
  const remedy = `Write it as https://waybill.example.com:8443${path}.`;
  throw new Failure('USAGE', `not the address of an admission server: ${text}`, remedy);
}

/** Whole seconds, from 1 to the longest that who asks accepts. USAGE for others. */
export function parseSeconds(text: string, secondsMax: number): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= secondsMax) return seconds;
  const remedy = `Use whole seconds from 1 to ${secondsMax}.`;
  throw new Failure('USAGE', `not a timeout: ${text}`, remedy);
}
