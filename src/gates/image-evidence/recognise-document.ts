import { IN_TOTO_TYPE } from '../../capabilities/attestation/index.ts';
import { recogniseSbom } from '../../capabilities/inventory/index.ts';
import {
  recogniseScan,
  recogniseVex,
  TRIVY_REPORT_TYPE,
} from '../../capabilities/scanning/index.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../formats/json/parse.ts';

const DSSE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/**
 * The media type under which the gates read a document, by its content; null for one that they do
 * not read.
 */
export function recogniseMediaType(bytes: Uint8Array): string | null {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  const vex = json.ok ? recogniseVex(json.value) : null;
  if (vex !== null) return vex.mediaType;
  const sbom = recogniseSbom(bytes);
  if (sbom !== null) return sbom.mediaType;
  if (!json.ok || !isJsonObject(json.value)) return null;
  const { _type: type, payloadType } = json.value;
  if (payloadType === IN_TOTO_TYPE) return DSSE_TYPE;
  if (typeof type === 'string' && type.startsWith('https://in-toto.io/Statement/'))
    return IN_TOTO_TYPE;
  const scan = recogniseScan(bytes);
  if (scan === 'sarif') return 'application/sarif+json';
  return scan === 'trivy-json' ? TRIVY_REPORT_TYPE : null;
}
