import { UNOBSERVED_BUILDER } from '../../capabilities/attestation/index.ts';
import { type Facts, UnknownFact } from '../../capabilities/policy/index.ts';
import type { SigstoreSigner } from '../../capabilities/signing/index.ts';
import { getOwn } from '../../core/own.ts';
import type { AttachedDocument, ImageEvidence } from '../image-evidence/image-evidence.ts';

/** Levels of the build track (SLSA 1.2). */
export const BUILD_LEVELS = [0, 1, 2, 3] as const;
export type BuildLevel = (typeof BUILD_LEVELS)[number];

/** One thing that a level asks for, and what shows it or why it is not shown. */
export interface LevelCheck {
  readonly id: 'provenance' | 'signed' | 'hosted' | 'isolated';
  /** The level that needs it. */
  readonly level: 1 | 2 | 3;
  readonly holds: boolean;
  readonly why: string;
}

export interface BuildAssessment {
  readonly level: BuildLevel;
  readonly checks: readonly LevelCheck[];
}

interface Proof {
  readonly builder: string;
  /** Who signed the provenance, where an authority of sigstore saw the job; else null. */
  readonly job: SigstoreSigner | null;
}

/**
 * The level that verified evidence shows for every platform. What a provenance says of its own
 * level is not read, and neither is what nobody trusted signed.
 */
export function assessBuild(
  evidence: ImageEvidence,
  runner: NonNullable<Facts['runner']>,
): BuildAssessment {
  const proofs = evidence.members.map(({ descriptor }) =>
    evidence.documents.items
      .filter(({ about }) => about === descriptor.digest || about === evidence.subject.digest)
      .flatMap(readProof),
  );
  const every = (test: (proof: Proof) => boolean): boolean =>
    proofs.length > 0 && proofs.every((known) => known.some(test));
  const isDescribed = every(() => true);
  const isHosted = every((proof) => isOnHostedRunner(proof, runner));
  const isIsolated = every(isBuiltApart);
  const checks: readonly LevelCheck[] = [
    {
      ...{ id: 'provenance', level: 1, holds: isDescribed },
      why: isDescribed
        ? 'a provenance names the builder of every platform'
        : 'no trusted provenance names a builder that observed the build',
    },
    {
      ...{ id: 'signed', level: 2, holds: isDescribed },
      why: isDescribed
        ? 'its signature is verified, by a signer whom the trust document names'
        : 'there is no provenance whose signature counts',
    },
    {
      ...{ id: 'hosted', level: 2, holds: isHosted },
      why: isHosted
        ? 'its platform says that the job of this builder ran on a machine of the platform'
        : 'nothing of its platform says that the job of this builder ran on a hosted runner',
    },
    {
      ...{ id: 'isolated', level: 3, holds: isIsolated },
      why: isIsolated
        ? 'the builder signed it itself, from another repository than what it builds'
        : 'no certificate shows that a builder outside of the built repository signed it',
    },
  ];
  return { level: findLevel(checks), checks };
}

/** The highest level of which, and below which, everything holds. */
function findLevel(checks: readonly LevelCheck[]): BuildLevel {
  const reached = BUILD_LEVELS.filter((level) =>
    // mutant slsa-level-of-all-or-nothing by build-level: operand 1 -> false
    checks.every((one) => one.level > level || one.holds),
  );
  return reached.at(-1) ?? 0;
}

function readProof({ content, standing }: AttachedDocument): readonly Proof[] {
  // mutant slsa-level-by-a-stranger by build-level: operand 2 -> false
  if (content.kind !== 'provenance' || standing.kind !== 'counts') return [];
  const { builder } = content.provenance;
  // mutant slsa-level-of-an-unobserved-build by build-level: condition -> false
  if (builder === UNOBSERVED_BUILDER) return [];
  const { signer } = standing;
  const isOfJob = signer.format === 'sigstore-bundle' || signer.format === 'cosign-legacy';
  return [{ builder, job: isOfJob && signer.issuer !== null ? signer : null }];
}

const HOSTED = ['github-hosted', 'gitlab-hosted'];

/** By the certificate of its signer, or by a statement of the runner about the same builder. */
function isOnHostedRunner({ builder, job }: Proof, runner: NonNullable<Facts['runner']>): boolean {
  const claimed = job === null ? undefined : getOwn(job.claims, 'runnerEnvironment');
  if (claimed !== undefined && HOSTED.includes(claimed) && isBuilder(builder, job)) return true;
  if (runner instanceof UnknownFact || runner.job instanceof UnknownFact) return false;
  // mutant slsa-level-of-another-builder by build-level: operand 2 -> true
  return runner.job.hosted === true && runner.job.builder === builder;
}

/** The workflow that the certificate names is the builder of the provenance. */
function isBuilder(builder: string, job: SigstoreSigner | null): boolean {
  // mutant slsa-level-by-another-workflow by build-level: value -> true
  return job !== null && getOwn(job.claims, 'buildSignerUri') === builder;
}

/** A reusable workflow of another repository, on a machine of the platform, signed it. */
function isBuiltApart({ builder, job }: Proof): boolean {
  if (job === null || !isBuilder(builder, job)) return false;
  const source = getOwn(job.claims, 'sourceRepositoryUri');
  const environment = getOwn(job.claims, 'runnerEnvironment') ?? '';
  if (source === undefined || !HOSTED.includes(environment)) return false;
  // mutant slsa-level-of-its-own-workflow by build-level: value -> true
  return !`${builder}/`.startsWith(`${source}/`);
}
