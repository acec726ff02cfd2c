import { statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  IN_TOTO_TYPE,
  parseStatement,
  type Statement,
} from '../../../capabilities/attestation/index.ts';
import { readSbom, recogniseSbom } from '../../../capabilities/inventory/index.ts';
import {
  detectEnvelopeForm,
  type EnvelopeClaim,
  parseDsse,
  readEnvelopeClaim,
} from '../../../capabilities/signing/index.ts';
import { formatCount } from '../../../core/count.ts';
import { formatInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';

/** What a file is by its content, and what it says. This verifies nothing. */
export interface FileDescription {
  readonly what: string;
  /** Lines of what it says. */
  readonly says: readonly string[];
  /** Why it cannot be verified alone; null for a file that needs only a signature file. */
  readonly needs: string | null;
}

const PLAIN: FileDescription = { what: 'a file', says: [], needs: null };
/** Subjects that are shown; a statement may have thousands. */
const SHOWN_MAX = 10;

export async function describeFile(path: string): Promise<FileDescription> {
  if (statSync(path).size > LIMITS.documentBytesMax) return PLAIN;
  const bytes = await readFileBounded(path, LIMITS.documentBytesMax);
  if (!startsAsJson(bytes) && detectEnvelopeForm(bytes) !== 'cose') return PLAIN;
  const read = readWithinBudget(bytes, () => ok(describeBytes(bytes, path)));
  return read.ok
    ? read.value
    : { what: `a file that cannot be read: ${read.failure.message}`, says: [], needs: null };
}

function describeBytes(bytes: Uint8Array, path: string): FileDescription {
  if (recogniseSbom(bytes) !== null) return describeSbom(bytes);
  const claim = readEnvelopeClaim(bytes);
  if (claim.ok) return describeSignature(claim.value, path);
  const envelope = parseDsse(bytes);
  if (envelope.ok) {
    const { payload, payloadType, signatures } = envelope.value;
    const inner = payloadType === IN_TOTO_TYPE ? parseStatement(payload) : null;
    const signed =
      `in a DSSE envelope with ${signatures.length} ` +
      `signature${signatures.length === 1 ? '' : 's'}`;
    if (inner?.ok === true)
      return { ...describeStatement(inner.value, signed), needs: NEEDS_IMAGE };
    return { what: `a DSSE envelope of ${payloadType}`, says: [], needs: NEEDS_IMAGE };
  }
  const bare = parseStatement(bytes);
  return bare.ok ? describeStatement(bare.value, 'unsigned') : PLAIN;
}

const NEEDS_IMAGE =
  'a statement is verified together with the image that it is attached to: waybill verify ' +
  'REF. What it says here is only a claim';

function startsAsJson(bytes: Uint8Array): boolean {
  return /^\s*\{/.test(
    Buffer.from(bytes.subarray(0, 256))
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, ''),
  );
}

function describeSignature(
  { target, identity, algorithm, signedAt, expiresAt }: EnvelopeClaim,
  path: string,
): FileDescription {
  const signed = /^(.+)\.(?:jws|cose)\.sig$/.exec(basename(path))?.[1];
  const remedy =
    signed === undefined ? 'waybill verify FILE --signature THIS' : `waybill verify ${signed}`;
  return {
    what: 'a Notary Project signature',
    says: [
      `of ${target.digest}, ${formatCount(target.size, 'byte')}, ${target.mediaType}`,
      `by ${identity ?? 'a certificate that cannot be read'} with ${algorithm}, ` +
        `${formatInstant(signedAt)}`,
      ...(expiresAt === null ? [] : [`until ${formatInstant(expiresAt)}`]),
    ],
    needs:
      `a signature is verified together with what it signs: ${remedy}, or waybill verify ` +
      'REF. What it says here is only a claim',
  };
}

function describeStatement(
  { subjects, predicateType }: Statement,
  signed: string,
): FileDescription {
  const named = subjects.slice(0, SHOWN_MAX).map(({ name, digest }) => {
    const digests = Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`);
    return `about ${name ?? 'something'} ${digests.join(' ')}`;
  });
  const more = subjects.length > SHOWN_MAX ? [`and ${subjects.length - SHOWN_MAX} more`] : [];
  return {
    what: `an in-toto statement, ${signed}`,
    says: [...named, ...more, `of type ${predicateType}`],
    needs: null,
  };
}

function describeSbom(bytes: Uint8Array): FileDescription {
  const sbom = readSbom(bytes);
  if (!sbom.ok)
    return { what: `an SBOM that cannot be read: ${sbom.failure.message}`, says: [], needs: null };
  const { format, tool, inventory } = sbom.value;
  const made = tool === null ? '' : `, made by ${tool}`;
  return {
    what: `an SBOM (${format}${made})`,
    says: [formatCount(inventory.components.length, 'component')],
    needs: null,
  };
}
