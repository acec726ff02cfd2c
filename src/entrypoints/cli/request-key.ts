import { join } from 'node:path';
import type { KeyEnrolment, KeyRequest } from '../../capabilities/signing/index.ts';
import { orThrow } from '../../core/result.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { Config } from '../config/config.ts';

/** Makes a key that waits for its certificate; gives the file with its PKCS#10 request. */
export async function requestKey(
  { keys }: Config,
  enrolment: KeyEnrolment,
  request: KeyRequest,
): Promise<string> {
  const { requestPem } = orThrow(await enrolment.createRequest(request));
  const file = join(keys, `${request.name}.csr`);
  writeWhole(file, new TextEncoder().encode(requestPem));
  return file;
}
