import { EVIDENCE_KINDS, type EvidenceInput, isEvidenceKind, type Receipt } from '../../capabilities/evidence/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { orThrow, type Result } from '../../core/result.ts';

/** A document as it came over the wire. */
export interface Arrived {
  readonly kind: string;
  readonly mediaType: string;
  /** Handed over: empty once it is taken in. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly subject: Digest | null;
}

/** Takes one document in; the promise is kept when it is on the disk and in the graph, and broken by a Failure else. */
export type Ingest = (arrived: Arrived) => Promise<Receipt>;

export interface IngestPorts {
  readonly take: (
    inputs: readonly (EvidenceInput & { readonly body: Uint8Array<ArrayBuffer> })[],
    recordedAt: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  readonly now: () => Instant;
  /** Evidence about a digest makes what was decided about it stale. */
  readonly arrived: (subject: Digest | null, receipt: Receipt) => void;
}

export function ingestInto(ports: IngestPorts): Ingest {
  return async ({ kind, mediaType, body, subject }) => {
    if (!isEvidenceKind(kind)) {
      throw new Failure(
        'USAGE',
        `unknown kind of evidence: ${kind || 'none'}`,
        `Add ?kind=${Object.keys(EVIDENCE_KINDS).join('|')}.`,
      );
    }
    if (body.length === 0) throw new Failure('MALFORMED', 'the document is empty', 'Send the document as the body.');
    const [receipt] = orThrow(await ports.take([{ kind, mediaType, body, subject }], ports.now()));
    if (receipt === undefined) throw new Failure('INTERNAL', 'the log gave no receipt', 'Report this.');
    ports.arrived(subject, receipt);
    return receipt;
  };
}
