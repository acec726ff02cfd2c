import type { Gate } from '../../../core/verdict.ts';
import { projectAdmissionPolicy } from './admission-policy.ts';
import { projectAzure } from './azure.ts';
import { projectGitHook } from './git-hook.ts';
import { projectGitHub } from './github.ts';
import { projectKyverno } from './kyverno.ts';
import type { ProjectionName } from './names.ts';
import type { ProjectedPolicy } from './shell-policy.ts';

/** A form in which a policy is enforced somewhere else than by a command of Waybill. */
export interface Projection {
  /** The gates that are asked there: the policy must deny at one of them. */
  readonly gates: readonly Gate[];
  /** Where the file belongs. */
  readonly place: string;
  readonly write: (projected: ProjectedPolicy) => string;
}

export const PROJECTIONS: Readonly<Record<ProjectionName, Projection>> = {
  /** A pre-push hook of git. */
  'git-hook': { gates: ['commit'], place: '.git/hooks/pre-push', write: projectGitHook },
  /** A composite action of GitHub Actions, for a job that has checked out the source. */
  github: { gates: ['build'], place: '.github/actions/waybill/action.yml', write: projectGitHub },
  /** A steps template of Azure Pipelines. */
  azure: { gates: ['build'], place: 'waybill-steps.yml', write: projectAzure },
  /** Rules about names of images, which Kubernetes 1.30 or newer decides by itself. */
  'validating-admission-policy': {
    gates: ['admission'],
    place: 'each cluster: kubectl apply -f',
    write: projectAdmissionPolicy,
  },
  /** Signatures of keys, which Kyverno 1.19 or newer verifies by itself. */
  kyverno: {
    gates: ['admission'],
    place: 'each cluster with Kyverno: kubectl apply -f',
    write: projectKyverno,
  },
};
