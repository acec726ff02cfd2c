import type { Mutant } from './mutants.ts';

const webhook = 'src/phases/deploy/cluster/webhook.ts';
const server = 'src/phases/deploy/cluster/server.ts';
const review = 'src/entrypoints/server/admission/admission-review.ts';
const manifests = ['src/phases/deploy/cluster'];
const reviews = ['src/entrypoints/server/admission/admission-review.test.ts'];

/** What the API server is told, and what it is answered without asking. */
export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'the webhook fails open',
    file: webhook,
    find: "failurePolicy: 'Fail'",
    replace: "failurePolicy: 'Ignore'",
    tests: manifests,
  },
  {
    name: 'a namespace is exempt by a label that a tenant can set',
    file: webhook,
    find: "{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }",
    replace: "{ key: 'waybill.dev/name', operator: 'NotIn', values }",
    tests: manifests,
  },
  {
    name: 'AKS may exempt namespaces by labels of its own',
    file: webhook,
    find: ', ...AS_IT_IS }',
    replace: ' }',
    tests: manifests,
  },
  {
    name: 'ephemeral containers are not asked about',
    file: webhook,
    find: "rule('', ['pods/ephemeralcontainers'], ['UPDATE']),",
    replace: '',
    tests: manifests,
  },
  {
    name: 'the server in the cluster may write its own files',
    file: server,
    find: 'readOnlyRootFilesystem: true',
    replace: 'readOnlyRootFilesystem: false',
    tests: manifests,
  },
  {
    name: 'more replicas of a refused image start unasked',
    file: review,
    find: 'return sameTemplates && fewer && !isReleased',
    replace: 'return sameTemplates && !isReleased',
    tests: reviews,
  },
  {
    name: 'a suspended job of a refused image is resumed unasked',
    file: review,
    find: 'return sameTemplates && fewer && !isReleased',
    replace: 'return sameTemplates && fewer',
    tests: reviews,
  },
  {
    name: 'a foreign kind with the name of ours counts its copies where ours does',
    file: review,
    find: '(BUILT_IN_GROUPS.has(group) && runsNoMore(kind, object, oldObject))',
    replace: 'runsNoMore(kind, object, oldObject)',
    tests: reviews,
  },
  {
    name: 'half of a renewed certificate is taken over',
    file: 'src/entrypoints/server/tls.ts',
    find: 'if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) return;',
    replace: '',
    tests: ['src/entrypoints/server/tls.test.ts'],
  },
];
