import { readDocument, selectSignatureRules } from '../../../capabilities/policy/index.ts';
import type { TrustDocument, TrustRule } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { formatManifest } from '../../../phases/deploy/index.ts';
import { EXEMPT } from './admission-policy.ts';
import { describeOrigin, type ProjectedPolicy } from './shell-policy.ts';

/**
 * What Kyverno verifies by itself: that an image has a signature of a key that the trust document
 * names for its repository. It is never said wider: an image of a repository without such a key is
 * refused, and so is one without a digest. What Kyverno cannot say is named at the top.
 */
export function projectKyverno(projected: ProjectedPolicy): string {
  const document = orThrow(readDocument(projected.text));
  const { rules, left } = selectSignatureRules(document);
  const { attestors, places, unsaid } = projectTrust(projected.readTrust());
  if (rules.length === 0 || attestors.length === 0)
    throw new Failure(
      'UNSUPPORTED',
      rules.length === 0
        ? `no rule of ${projected.policy.name} asks for a trusted signature alone`
        : `Kyverno can verify no signer of the trust document: ${unsaid[0] ?? 'it names none'}`,
      'Let the cluster ask Waybill: waybill cluster webhook.',
    );
  const head = [
    ...describeOrigin(projected, 'kyverno'),
    ...left.map(({ rule, why }) => `# not in it: ${rule}, because ${why}`),
    ...unsaid.map((one) => `# not in it: ${one}`),
    '# not in it: image volumes, which Kyverno does not look at',
  ].map((one) => one.replaceAll(/\s+/g, ' '));
  const objects = rules.map(({ id, action }) => ({
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: {
      name: `${document.metadata.name}-${id}`.toLowerCase().replaceAll('_', '-'),
      labels: { 'app.kubernetes.io/name': 'waybill' },
    },
    spec: {
      validationActions: [...ACTIONS[action]],
      failurePolicy: 'Fail',
      matchConstraints: MATCH,
      // A tag could be another image when it is pulled.
      validationConfigurations: { mutateDigest: false, verifyDigest: true, required: true },
      attestors,
      validations: [{ expression: sayAll(places), message: `${id}: no trusted signature` }],
    },
  }));
  return `${head.join('\n')}\n${objects.map(formatManifest).join('---\n')}`;
}

const ACTIONS = { deny: ['Deny'], warn: ['Warn', 'Audit'], record: ['Audit'] } as const;

const MATCH = {
  namespaceSelector: {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...EXEMPT] },
    ],
  },
  resourceRules: [
    {
      ...{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] },
      resources: ['pods', 'pods/ephemeralcontainers'],
    },
  ],
};

/** A repository, and the attestor that may sign its images. */
interface SignedPlace {
  readonly pattern: TrustRule['repositories'][number];
  readonly attestor: string;
}

interface ProjectedTrust {
  readonly attestors: readonly object[];
  readonly places: readonly SignedPlace[];
  readonly unsaid: readonly string[];
}

function projectTrust({ rules, revoked }: TrustDocument): ProjectedTrust {
  const attestors: object[] = [];
  const places: SignedPlace[] = [];
  const unsaid = revoked.map(
    ({ kind, value }) => `the revoked ${kind} ${value}, because Kyverno has no such list`,
  );
  for (const rule of rules.filter(({ statements }) => statements.includes('image')))
    for (const signer of rule.signers) {
      const why = findObstacle(rule, signer);
      // mutant kyverno-trusts-what-it-cannot-say by policy-commands: condition -> false
      if (why !== null) unsaid.push(`a signer of rule ${rule.id}, because ${why}`);
      if (why !== null || signer.kind !== 'sigstore-key') continue;
      // mutant kyverno-trusts-a-revoked-key by policy-commands: condition -> false
      if (revoked.some(({ kind, value }) => kind === 'key' && value === signer.thumbprint))
        continue;
      const attestor = `k${attestors.length}`;
      const ctlog = { insecureIgnoreTlog: true, insecureIgnoreSCT: true };
      attestors.push({ name: attestor, cosign: { key: { data: signer.pem }, ctlog } });
      for (const pattern of rule.repositories) places.push({ pattern, attestor });
    }
  return { attestors, places, unsaid };
}

function findObstacle(
  { since, until }: TrustRule,
  signer: TrustRule['signers'][number],
): string | null {
  if (since !== null || until !== null) return 'Kyverno has no since and no until';
  switch (signer.kind) {
    case 'sigstore-key':
      return signer.trustedRoot === null ? null : 'its signatures need a log of a trusted root';
    case 'sigstore-identity':
      return 'Kyverno would ask another root than its trusted root';
    default:
      return 'Kyverno trusts a whole authority, and not a subject or a certificate';
  }
}

/** Every image of a pod has, for its repository, a signature of one who may sign it. */
function sayAll(places: readonly SignedPlace[]): string {
  const one = places
    .map(
      ({ pattern, attestor }) =>
        `(${sayPlace(pattern)}) && verifyImageSignatures(i, [attestors.${attestor}]) > 0`,
    )
    .join(' || ');
  return ['containers', 'initContainers', 'ephemeralContainers']
    .map((list) => `images.${list}.all(i, ${one})`)
    .join(' && ');
}

/** Paths of repositories are of letters, digits and a few marks, none of them a quote. */
function sayPlace({ kind, path }: SignedPlace['pattern']): string {
  if (kind === 'below') return `i.startsWith('${path}/')`;
  return `i.startsWith('${path}:') || i.startsWith('${path}@')`;
}
