import { Failure } from '../../../src/core/failure.ts';
import { answerReview } from '../../../src/entrypoints/server/admission/admit.ts';
import { answerProvider } from '../../../src/entrypoints/server/admission/provide.ts';
import { SeenWorkloads } from '../../../src/entrypoints/server/admission/seen-workloads.ts';
import { createUndeterminedVerdict } from '../../../src/gates/desk/index.ts';
import { makeReview, podReview } from '../../support/scene.ts';
import { encodeSamples, type Target } from './target.ts';

/** What API servers and Gatekeeper send to a server. */
export async function listAdmissionTargets(): Promise<readonly Target[]> {
  const refused = new Failure('NOT_FOUND', 'x', 'x');
  const desk = {
    cluster: 'eu-1',
    workloads: await SeenWorkloads.open(null),
    isObserving: () => false,
    counted: () => undefined,
    decide: async (image: string) => createUndeterminedVerdict(image, refused, true),
  };
  const request = {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: ['a/b:1', '[shop]a/b:1', '[shop/Pod/trips]a/b@sha256:0'] },
  };
  return [
    {
      name: 'admission review',
      form: 'json',
      samples: encodeSamples(listReviews()),
      read: async (bytes) => JSON.parse(await answerReview(bytes, 1_000, desk)),
      reads: [
        'entrypoints/server/admission/admit.ts answerReview',
        'entrypoints/server/admission/admission-review.ts parseReview',
      ],
    },
    {
      name: 'request of external data',
      form: 'json',
      samples: encodeSamples([request]),
      read: async (bytes) => JSON.parse(await answerProvider(bytes, 1_000, desk)),
      reads: ['entrypoints/server/admission/provider-request.ts parseProviderRequest'],
    },
  ];
}

function listReviews() {
  const podSpec = {
    initContainers: [{ name: 'i', image: 'a/b:1' }],
    containers: [{ name: 'c', image: 'a/b@sha256:0' }],
    volumes: [{ name: 'v', image: { reference: 'a/c:1' } }],
  };
  const deployment = makeReview('Deployment', 'apps', {
    metadata: { name: 'trips', labels: { a: 'b' } },
    spec: { replicas: 2, template: { spec: podSpec } },
  });
  const scale = makeReview('Scale', 'autoscaling', { spec: { replicas: 3 } }, 'shop', {
    operation: 'UPDATE',
    subResource: 'scale',
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    oldObject: { spec: { replicas: 1 } },
  });
  return [podReview('a/b:1'), deployment, scale];
}
