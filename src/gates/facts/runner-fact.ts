import {
  type MachineTrust,
  type VerifiedRunner,
  verifyRunner,
} from '../../capabilities/attestation/index.ts';
import {
  type Fact,
  type Facts,
  makeUnknownFact,
  type RunnerJobFact,
} from '../../capabilities/policy/index.ts';
import { findMachineRules } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository } from '../../core/image-reference.ts';
import { failed, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type { AttachedDocument, ImageEvidence } from '../image-evidence/image-evidence.ts';
import { createMissingFailure } from './fact-lists.ts';

const STATE =
  'Make one in the job that builds, about what runs or its index: waybill provenance runner.';

/**
 * What the best trusted statement about the runner proves. Another one can add to it, and takes
 * nothing away (S15). Of an index with several images, the statement is about the index.
 */
export function buildRunnerFact(
  evidence: ImageEvidence,
  trust: TrustMaterial,
): NonNullable<Facts['runner']> {
  const proven = listProven(evidence, trust);
  const [best] = proven.toSorted((one, other) => countProofs(other) - countProofs(one));
  if (best !== undefined)
    return {
      job: toFact(best.job, toJobFact),
      machine: toFact(best.machine, (machine) => machine),
      time: toFact(best.time, (time) => time),
    };
  return makeUnknownFact(
    evidence.documents.missing ??
      createMissingFailure('no trusted statement says which runner made the image', STATE),
  );
}

function listProven(evidence: ImageEvidence, trust: TrustMaterial): readonly VerifiedRunner[] {
  const isWhole = ({ about }: AttachedDocument): boolean =>
    evidence.members.length === 1 || about === evidence.subject.digest;
  const machines = listMachineTrust(evidence, trust);
  return evidence.documents.items.flatMap((found) => {
    const { content, standing } = found;
    // mutant runner-by-a-stranger by runner-fact: operand 2 -> false
    if (content.kind !== 'runner' || standing.kind !== 'counts' || !isWhole(found)) return [];
    if (machines.length === 0) return [UNNAMED];
    return machines.map((machine) => verifyRunner(content.runner, content.subject, machine));
  });
}

function listMachineTrust(
  { reference }: ImageEvidence,
  { document, notary }: TrustMaterial,
): readonly MachineTrust[] {
  const find = (name: string) => notary.stores.get(name) ?? failStore(name);
  return findMachineRules(document, formatRepository(reference)).map((rule) => ({
    rule,
    authorities: find(rule.authority),
    stampers: find(rule.timestamps),
  }));
}

function failStore(name: string): Result<never> {
  const why = `the trust store ${name} was not read`;
  return failed(new Failure('TRUST_INVALID', why, 'Put its certificates there.'));
}

const NO_ENTRY = failed(
  new Failure(
    'FACT_UNKNOWN',
    'the trust document says of no machine that it may build for this repository',
    'Name them under machines: docs/reference/trust.md.',
  ),
);
const UNNAMED: VerifiedRunner = { job: NO_ENTRY, machine: NO_ENTRY, time: NO_ENTRY };

/** A machine that is allowed says more than one that is not, and that more than none. */
function countProofs({ job, machine, time }: VerifiedRunner): number {
  const ofMachine = machine.ok ? (machine.value.allowed ? 4 : 2) : 0;
  return ofMachine + Number(job.ok) + Number(time.ok);
}

function toFact<T, F extends object>(part: Result<T>, convert: (value: T) => F): Fact<F> {
  return part.ok ? convert(part.value) : makeUnknownFact(part.failure);
}

function toJobFact(job: VerifiedRunner['job'] extends Result<infer J> ? J : never): RunnerJobFact {
  const { platform, builder, repository, commit, invocation, runner } = job;
  const unsaid = createMissingFailure(
    `${platform} does not say whose machine the job ran on`,
    'Ask machine and subscription.',
  );
  const hosted = runner === null ? makeUnknownFact(unsaid) : runner === 'hosted';
  return { platform, builder, repository, commit, invocation, hosted };
}
