import { Failure } from '../../../core/failure.ts';
import { formatImageReference } from '../../../core/image-reference.ts';
import { formatInstant, instantOf } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import {
  type DocumentFound,
  gatherImage,
  type ImageEvidence,
  type SignatureFound,
  type Standing,
  standingOf,
  type TrustMaterial,
} from '../../../phases/deploy/index.ts';
import { loadTrust } from '../../compose.ts';
import { openImageTarget } from '../../take-inventory.ts';
import { parseTarget } from '../../targets.ts';
import type { Call, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { paint, printable } from '../io.ts';

/** 0 when the image has a signature that counts; 1 when it has none; 3 when that could not be told. */
export async function run(call: Call): Promise<ExitCode> {
  const config = configOf(call);
  const target = parseTarget(call.args[0] ?? '', call.io.cwd);
  if (target.kind !== 'image' && target.kind !== 'layout') {
    throw new Failure('USAGE', `${target.text} is no image`, 'Name an image reference or oci:DIR[:TAG].');
  }
  const trust = orThrow(await loadTrust(config));
  const { source, reference, close } = await openImageTarget(target, config, call);
  try {
    const now = instantOf(Date.now());
    const evidence = orThrow(await gatherImage(reference, now, { source, trust }, { signal: call.signal }));
    const shown = shownOf(evidence, trust);
    call.io.out(wantsJson(call) ? `${JSON.stringify(shown, null, 2)}\n` : textOf(call, shown));
    return shown.standing === 'counts' ? 0 : shown.standing === 'undetermined' ? 3 : 1;
  } finally {
    close();
  }
}

interface Shown {
  readonly image: string;
  readonly digest: string;
  /** Of the image as a whole. */
  readonly standing: Standing['kind'];
  readonly reason: string | null;
  readonly signatures: readonly Line[];
  readonly documents: readonly (Line & {
    readonly kind: string;
    readonly mediaType: string;
    readonly about: string;
    readonly createdAt: string | null;
  })[];
  readonly missing: string | null;
}

interface Line {
  readonly digest: string;
  readonly standing: Standing['kind'];
  readonly identity: string | null;
  readonly reason: string | null;
  readonly unchecked: readonly string[];
}

function shownOf(evidence: ImageEvidence, trust: TrustMaterial): Shown {
  const { reference, subject, signatures, documents } = evidence;
  const repository = `${reference.registry}/${reference.repository}`;
  const about = { repository, trust };
  const whole = standingOf(about, 'image', signatures.items, signatures.missing);
  return {
    image: formatImageReference({ ...reference, digest: subject.digest }),
    digest: subject.digest,
    standing: whole.kind,
    reason: reasonOf(whole),
    signatures: signatures.items.map((found) => ({
      digest: found.manifest,
      ...lineOf(standingOf(about, 'image', [found], null)),
      unchecked: uncheckedOf([found]),
    })),
    documents: documents.items.map(documentOf),
    missing: (signatures.missing ?? documents.missing)?.message ?? null,
  };
}

function documentOf(found: DocumentFound): Shown['documents'][number] {
  const unreadable = found.content.kind === 'unreadable' ? found.content.cause.message : null;
  const line = lineOf(found.standing);
  return {
    digest: found.manifest.digest,
    kind: found.kind,
    mediaType: found.document?.mediaType ?? 'unknown',
    about: found.about,
    createdAt: found.createdAt === null ? null : formatInstant(found.createdAt),
    ...line,
    reason: unreadable ?? line.reason,
    unchecked: uncheckedOf(found.signatures),
  };
}

function lineOf(standing: Standing): Pick<Line, 'standing' | 'identity' | 'reason'> {
  const identity = standing.kind === 'undetermined' ? null : (standing.signer?.identity ?? null);
  return { standing: standing.kind, identity, reason: reasonOf(standing) };
}

function reasonOf(standing: Standing): string | null {
  if (standing.kind === 'counts') return null;
  return standing.kind === 'undetermined' ? standing.cause.message : standing.why;
}

/** What the trust policy would have checked and this version does not: said, never passed over. */
function uncheckedOf(signatures: readonly SignatureFound[]): readonly string[] {
  return [...new Set(signatures.flatMap(({ result }) => (result.kind === 'trusted' ? result.unchecked : [])))];
}

const COLOURS = { counts: 'green', 'does-not-count': 'red', undetermined: 'yellow' } as const;

function textOf(call: Call, shown: Shown): string {
  const line = (label: string, { standing, identity, reason, digest, unchecked }: Line): string => {
    const by = identity === null ? '' : ` by ${printable(identity)}`;
    const why = reason === null ? '' : `\n    ${printable(reason)}`;
    const open = unchecked.length === 0 ? '' : `\n    not checked: ${unchecked.join(', ')}`;
    return `  ${paint(call.io, COLOURS[standing], standing)} ${label}${by} (${digest})${why}${open}`;
  };
  const lines = [
    `${printable(shown.image)}: ${paint(call.io, COLOURS[shown.standing], shown.standing)}${shown.reason === null ? '' : `: ${printable(shown.reason)}`}`,
    ...shown.signatures.map((one) => line('signature', one)),
    ...shown.documents.map((one) => line(`${one.kind} of ${one.createdAt ?? 'unknown time'} (${one.mediaType})`, one)),
    ...(shown.missing === null ? [] : [`  incomplete: ${printable(shown.missing)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
