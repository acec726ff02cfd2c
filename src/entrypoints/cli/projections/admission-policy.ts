import { projectToAdmissionPolicy, readDocument } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { formatManifest } from '../../../phases/deploy/index.ts';
import { describeOrigin, type ProjectedPolicy } from './shell-policy.ts';

/** Namespaces of the system, and Waybill's own: exempt, as from the webhook. */
export const EXEMPT = ['kube-system', 'waybill'];

/**
 * What an API server decides by itself. The rules that it cannot decide are named at the top, each
 * with the reason: for those the webhook is needed.
 */
export function projectAdmissionPolicy(projected: ProjectedPolicy): string {
  const document = orThrow(readDocument(projected.text));
  const { objects, left } = projectToAdmissionPolicy(document, { exempt: EXEMPT });
  if (objects.length === 0)
    throw new Failure(
      'UNSUPPORTED',
      `the API server can decide no rule of ${projected.policy.name} by the object alone`,
      'Let it ask: waybill cluster webhook.',
    );
  const head = [
    ...describeOrigin(projected, 'validating-admission-policy'),
    ...left.map(({ rule, why }) => `# not in it: ${rule}, because ${why.replaceAll(/\s+/g, ' ')}`),
  ];
  return `${head.join('\n')}\n${objects.map(formatManifest).join('---\n')}`;
}
