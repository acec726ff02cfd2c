import {
  comparePolicies,
  type PolicyChange,
  type PolicyDocument,
  readDocument,
} from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatRepository } from '../../../core/image-reference.ts';
import { formatAnswerInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { listRevisions, type VerifiedRevision } from '../../compose/policy-store.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyLogCall } from '../options/gates.ts';
import { openPolicyTarget } from '../policy-place.ts';
import { type Block, paint, showLine, showProse } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

interface ShownRevision extends VerifiedRevision {
  readonly changes: readonly PolicyChange[];
}

/** Every revision is verified; one that is missing or does not count ends the command. */
export async function run(call: PolicyLogCall): Promise<Report> {
  const { options, io, signal } = call;
  const config = await loadCallConfig(call);
  const max = /^[1-9]\d{0,3}$/.test(options.max) ? Number(options.max) : Number.NaN;
  if (!(max <= LIMITS.policyHistoryMax))
    throw new Failure(
      'USAGE',
      `--max ${options.max} is no number of revisions`,
      `Write 1 to ${LIMITS.policyHistoryMax}.`,
    );
  const { source, reference, close } = await openPolicyTarget(config, call.args[0] ?? '', io.env);
  try {
    const found: VerifiedRevision[] = [];
    // One more: what the last that is shown changed is known only from the one before it.
    for await (const one of listRevisions(config, { source, reference }, max + 1, signal))
      found.push(one);
    const shown = found.slice(0, max).map((one, at) => addChanges(one, found[at + 1]));
    return toReport(formatRepository(reference), shown, found.length > max);
  } finally {
    close();
  }
}

function addChanges(one: VerifiedRevision, before: VerifiedRevision | undefined): ShownRevision {
  if (before === undefined) return { ...one, changes: [] };
  return { ...one, changes: comparePolicies(read(before), read(one)) };
}

function read({ text }: VerifiedRevision): PolicyDocument {
  return orThrow(readDocument(Buffer.from(text).toString('utf8')));
}

function toReport(repository: string, shown: readonly ShownRevision[], more: boolean): Report {
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('policy-log', () => ({ repository, revisions: shown.map(toJson), more })),
    blocks: () => shown.flatMap(showRevision),
    hints: more ? ['there are more: --max'] : [],
  };
}

function toJson({
  revision,
  subject,
  policy,
  signers,
  changes,
}: ShownRevision): SchemaValue<'policy-log'>['revisions'][number] {
  const { number, pushedAt, effectiveFrom, rollbackTo, message } = revision;
  return {
    ...{ number, manifest: subject.digest, rollbackTo, message, signers, changes },
    policy: { name: policy.name, revision: policy.revision, digest: policy.digest },
    pushedAt: formatAnswerInstant(pushedAt),
    effectiveFrom: effectiveFrom === null ? null : formatAnswerInstant(effectiveFrom),
  };
}

function showRevision({ revision, subject, signers, changes }: ShownRevision): readonly Block[] {
  const { number, name, pushedAt, effectiveFrom, message, rollbackTo } = revision;
  const [by = 'nobody', ...approved] = signers;
  return [
    showLine(paint('bold', `revision ${number}`), `  ${name}  ${subject.digest}`),
    showLine(`  ${formatAnswerInstant(pushedAt)} by ${by}`),
    ...approved.map((who) => showLine(`  approved by ${who}`)),
    ...(effectiveFrom === null
      ? []
      : [showLine(`  in force from ${formatAnswerInstant(effectiveFrom)} on`)]),
    ...(rollbackTo === null ? [] : [showLine(`  the document of revision ${rollbackTo} again`)]),
    ...(message === null ? [] : [showProse(['  '], message)]),
    ...changes.map(({ what, part, name: which, effect }) =>
      showLine(`  ${what} ${part} ${which} (${effect})`),
    ),
  ];
}
