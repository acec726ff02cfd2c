import type { Instant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readDocumentBody } from './document-body.ts';
import type { Scope } from './scope.ts';

/** Whether the document is provenance of SLSA, bare or in a DSSE envelope. */
export async function isProvenance(scope: Scope, digest: string): Promise<boolean> {
  const body = await readBody(scope, digest);
  if (body === null) return false;
  const { OLDER_STATEMENT_TYPE, parseStatement, STATEMENT_TYPE } = await import(
    '../../../capabilities/attestation/index.ts'
  );
  const json = parseJson(body, { bytesMax: LIMITS.whyDocumentBytesMax });
  const payload = json.ok && isJsonObject(json.value) ? json.value['payload'] : undefined;
  const inner = typeof payload === 'string' ? Buffer.from(payload, 'base64') : body;
  const read = parseStatement(inner, [STATEMENT_TYPE, OLDER_STATEMENT_TYPE]);
  return read.ok && read.value.predicateType.startsWith('https://slsa.dev/provenance/');
}

/** When a scan that looked at something was made, as it says; null where it does not. */
export async function findScanMoment(scope: Scope, digest: string): Promise<Instant | null> {
  const body = await readBody(scope, digest);
  if (body === null) return null;
  const { readScanDocument } = await import('../../../capabilities/scanning/index.ts');
  const read = readScanDocument(body);
  return read.ok && read.value.hasLooked ? read.value.createdAt : null;
}

async function readBody(scope: Scope, digest: string): Promise<Uint8Array | null> {
  const body = await readDocumentBody(scope, digest);
  return body === null || body.length > LIMITS.whyDocumentBytesMax ? null : body;
}
