import {
  describeSigner,
  explainDistrust,
  isStatementTrusted,
  type PredicateType,
  type Signer,
} from '../../capabilities/signing/index.ts';
import type { Failure } from '../../core/failure.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature, DocumentKind, EvidenceList, Standing } from './image-evidence.ts';

/** Whether one of `signatures` lets a statement of this kind count for this repository. */
export function judgeStanding(
  gathering: Pick<GatherContext, 'repository' | 'trust' | 'now'>,
  kind: DocumentKind | PredicateType | 'image' | 'advisories' | 'policy',
  signatures: readonly AttachedSignature[],
  missing: Failure | null,
): Standing {
  const { repository, trust, now: at } = gathering;
  let open = missing;
  let signer: Signer | null = null;
  let why = 'it is not signed';
  for (const { result } of signatures) {
    // mutant statement-by-trusted-signer by 2-evidence-at-the-gate, documents also by demo: remove
    //   operand 6
    if (result.kind === 'undetermined') open ??= result.cause;
    else if (result.kind === 'untrusted') {
      signer ??= result.signer;
      why = result.reasons[0].message;
    } else if (
      kind !== 'other' &&
      isStatementTrusted(trust.document, { repository, kind, signer: result.signer, at })
    ) {
      return { kind: 'counts', signer: result.signer };
    } else {
      signer = result.signer;
      const { identity } = describeSigner(signer);
      why =
        kind === 'other'
          ? `${identity} is not trusted to state ${kind} about ${repository}`
          : explainDistrust(trust.document, { repository, kind, signer, at });
    }
  }
  return open === null
    ? { kind: 'does-not-count', signer, why }
    : { kind: 'undetermined', cause: open };
}

/**
 * Whether a document can count, whatever its kind is: an identity that is trusted only for another
 * repository is a stranger here.
 */
export function judgeAny(
  gathering: Pick<GatherContext, 'repository' | 'trust' | 'now'>,
  type: DocumentKind | 'statement',
  { items, missing }: EvidenceList<AttachedSignature>,
): Standing {
  const kinds: readonly DocumentKind[] =
    type === 'statement' ? ['sbom', 'scan', 'provenance'] : [type];
  const [first, ...others] = kinds.map((kind) => judgeStanding(gathering, kind, items, missing));
  return others.find(({ kind }) => kind === 'counts') ?? first ?? NOT_SIGNED;
}

/**
 * Whether a signer of a document may state anything that it can be: a statement says of which kind
 * it is only inside. Strangers cannot take the place of what he signed.
 */
export function mayCount(
  gathering: Pick<GatherContext, 'repository' | 'trust' | 'now'>,
  type: DocumentKind | 'statement',
  items: readonly AttachedSignature[],
): boolean {
  if (judgeAny(gathering, type, { items, missing: null }).kind === 'counts') return true;
  // mutant statement-of-another-kind-is-a-strangers by flooded: condition -> true
  if (type !== 'statement') return false;
  const kinds = new Set(gathering.trust.document.rules.flatMap(({ statements }) => statements));
  return [...kinds].some((kind) => judgeStanding(gathering, kind, items, null).kind === 'counts');
}

const NOT_SIGNED: Standing = { kind: 'does-not-count', signer: null, why: 'it is not signed' };
