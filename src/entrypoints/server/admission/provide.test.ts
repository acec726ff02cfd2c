import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Decision } from '../../../core/verdict.ts';
import {
  createUndeterminedVerdict,
  type ImageVerdict,
  type WorkloadRequest,
} from '../../../gates/desk/index.ts';
import type { AdmissionDesk } from './admit.ts';
import { answerProvider } from './provide.ts';
import { parseProviderRequest } from './provider-request.ts';
import { SeenWorkloads } from './seen-workloads.ts';

interface Item {
  readonly key: string;
  readonly error: string;
  readonly value: Readonly<Record<string, unknown>> & { readonly message: string };
}
interface Answer {
  readonly kind: string;
  readonly response: { readonly items: readonly Item[]; readonly systemError: string };
}

const workloads = await SeenWorkloads.open(null);

function decided(image: string, decision: Decision): ImageVerdict {
  const verdict = { decision, results: [], validUntil: null };
  return { image, resolved: image, verdict, refuses: true, cause: null, record: 'sha256:1' };
}

function makeDesk(decide: (image: string) => ImageVerdict | Promise<ImageVerdict>) {
  const asked: WorkloadRequest[] = [];
  const desk: AdmissionDesk = {
    cluster: 'eu-1',
    decide: async (image, workload) => {
      asked.push(workload);
      return decide(image);
    },
    isObserving: () => true,
    counted: () => undefined,
    workloads,
  };
  return { desk, asked };
}

const makeRequest = (keys: unknown, more: object = {}): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys },
      ...more,
    }),
  );

const ask = async (body: Uint8Array, desk: AdmissionDesk, timeoutMs = 1_000): Promise<Answer> =>
  JSON.parse(await answerProvider(body, timeoutMs, desk)) as Answer;

const ALLOWING = makeDesk((image) => decided(image, 'allow')).desk;

describe('The answer to a request of Gatekeeper', () => {
  it('I14 I15 G37: has each key once with what was decided; only allow succeeds', async () => {
    const { desk } = makeDesk((image) => decided(image, image as Decision));
    const keys = ['undetermined', 'allow', 'deny', 'allow'];
    const { kind, response } = await ask(makeRequest(keys), desk);
    expect([kind, response.systemError]).toEqual(['ProviderResponse', '']);
    expect(
      response.items.map(({ key, error, value }) => [
        key,
        error,
        value['succeeded'],
        value['isSuccess'],
      ]),
    ).toEqual([
      ['undetermined', '', false, false],
      ['allow', '', true, true],
      ['deny', '', false, false],
    ]);
  });

  it('says why in a report of both forms that templates of Ratify look into', async () => {
    const cause = new Failure('REGISTRY_UNREACHABLE', 'no answer', 'Try again.');
    const { desk } = makeDesk((image) => createUndeterminedVerdict(image, cause, true));
    const { response } = await ask(makeRequest(['registry.example.com/a']), desk);
    const reports = response.items.flatMap(
      ({ value }) => value['verifierReports'] as Item['value'][],
    );
    const report = reports[0] as Item['value'];
    expect(report).toMatchObject({ name: 'waybill', isSuccess: false });
    expect(report['verifierReports']).toMatchObject([{ isSuccess: false }]);
    expect(report.message).toContain('undetermined: no answer [REGISTRY_UNREACHABLE]. fix: Try');
  });

  it('takes who asks from the key; what the key does not say is not made up', async () => {
    const { desk, asked } = makeDesk((image) => decided(image, 'allow'));
    const { response } = await ask(
      makeRequest(['a', '[shop]a', '[shop/Deployment/trips]a', '[shop/Pod/x/y]a', '[shop']),
      desk,
    );
    expect(response.items.map(({ value }) => value['image'])).toEqual([
      'a',
      'a',
      'a',
      'a',
      '[shop',
    ]);
    expect(asked.map(({ namespace, kind, name }) => [namespace, kind, name])).toEqual([
      ['', '', ''],
      ['shop', '', ''],
      ['shop', 'Deployment', 'trips'],
      ['shop', 'Pod', 'x/y'],
      ['', '', ''],
    ]);
  });

  it('a verdict that is late is none', async () => {
    const { desk } = makeDesk(() => new Promise(() => undefined));
    const { response } = await ask(makeRequest(['a']), desk, 20);
    expect(response.items[0]?.value).toMatchObject({ succeeded: false, decision: 'undetermined' });
  });

  it.each([
    ['no JSON', Buffer.from('{')],
    ['another kind', makeRequest([], { kind: 'AdmissionReview' })],
    ['another API', makeRequest([], { apiVersion: 'admission.k8s.io/v1' })],
    ['no keys', makeRequest(undefined)],
    ['keys that are no list', makeRequest({ 0: 'a' })],
    ['a key that is no text', makeRequest(['a', 1])],
    ['a long key', makeRequest(['a'.repeat(LIMITS.providerKeyLengthMax + 1)])],
    ['many keys', makeRequest(Array.from({ length: 201 }, (_, at) => `a${at}`))],
  ])('G39: %s is a system error, never an answer without objections', async (_, body) => {
    const { response } = await ask(body, ALLOWING);
    expect(response.items).toEqual([]);
    expect(response.systemError).toMatch(/^waybill: .+ \[[A-Z_]+\]\. fix: /);
  });

  it('G37: every list of keys is read or refused, and no key gets lost', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 }), (keys) => {
        const parsed = parseProviderRequest(makeRequest(keys));
        expect(parsed.ok && parsed.value.map(({ key }) => key)).toEqual([...new Set(keys)]);
      }),
    );
  });
});
