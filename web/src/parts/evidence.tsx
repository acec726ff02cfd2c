import { OWN_KINDS } from '../generated/questions.ts';
import { shortenDigest } from '../text.ts';

/** A document that states a row. */
export interface EvidenceRow {
  readonly document: string;
  readonly kind: string;
  readonly signers: readonly string[];
  readonly claimedBy?: string;
}

/**
 * How far a row can be relied on: signed by a trusted signer, recorded by Waybill itself, only
 * claimed, or without a trusted signature.
 */
export type Standing = 'signed' | 'recorded' | 'claimed' | 'unsigned';

export function findStanding({ kind, signers, claimedBy }: EvidenceRow): Standing {
  if (signers.length > 0) return 'signed';
  if (claimedBy !== undefined) return 'claimed';
  return OWN_KINDS.includes(kind) ? 'recorded' : 'unsigned';
}

export function describeStanding(row: EvidenceRow): string {
  switch (findStanding(row)) {
    case 'signed':
      return `signed by ${row.signers.join(', ')}`;
    case 'claimed':
      return `claimed by ${row.claimedBy}`;
    case 'recorded':
      return 'recorded here';
    case 'unsigned':
      return 'no trusted signature';
  }
}

const ORDER: readonly Standing[] = ['signed', 'recorded', 'claimed', 'unsigned'];

/** The best document of a row; undefined where there is none. */
export function pickBest(rows: readonly EvidenceRow[]): EvidenceRow | undefined {
  return rows.toSorted(
    (one, other) => ORDER.indexOf(findStanding(one)) - ORDER.indexOf(findStanding(other)),
  )[0];
}

/** Who says so, on demand with the digests of the documents. */
export function Evidence({ rows }: { readonly rows: readonly EvidenceRow[] }) {
  if (rows.length === 0) return <span className="mark unsigned">no evidence</span>;
  return (
    <ul className="evidence">
      {rows.map((row) => (
        <li key={`${row.kind} ${row.document}`}>
          <details>
            <summary className={`mark ${findStanding(row)}`}>
              {row.kind}: {describeStanding(row)}
            </summary>
            <code className="digest">{row.document}</code>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** The same for one line of a table or picture. */
export function formatEvidence(rows: readonly EvidenceRow[]): string {
  return rows
    .map((row) => `${row.kind} ${shortenDigest(row.document)} (${describeStanding(row)})`)
    .join(', ');
}
