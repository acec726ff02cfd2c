import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Decision, RuleResult } from '../../../core/verdict.ts';
import {
  createUndeterminedVerdict,
  type ImageVerdict,
  type WorkloadRequest,
} from '../../../gates/desk/index.ts';
import { type AdmissionDesk, answerReview } from './admit.ts';
import { SeenWorkloads } from './seen-workloads.ts';

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

const BROKEN: RuleResult = {
  rule: 'r',
  action: 'deny',
  outcome: 'broken',
  reason: 'RULE_BROKEN',
  message: 'm',
  fix: 'f',
};

function decided(image: string, decision: Decision, refuses = decision !== 'allow'): ImageVerdict {
  const verdict = { decision, results: decision === 'deny' ? [BROKEN] : [], validUntil: null };
  return { image, resolved: image, verdict, refuses, cause: null, record: 'sha256:1' };
}

const workloads = await SeenWorkloads.open(null);

function makeDesk(
  decide: (image: string) => ImageVerdict | Promise<ImageVerdict>,
  observing = false,
) {
  const seen: { image: string; workload: WorkloadRequest }[] = [];
  const counted: string[] = [];
  const desk: AdmissionDesk = {
    cluster: 'eu-1',
    decide: async (image, workload) => {
      seen.push({ image, workload });
      return decide(image);
    },
    isObserving: () => observing,
    counted: (decision) => void counted.push(decision),
    workloads,
  };
  return { desk, seen, counted };
}

const makePodReview = (images: readonly string[], more: object = {}): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'u-1',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        operation: 'CREATE',
        object: { spec: { containers: images.map((image, at) => ({ name: `c${at}`, image })) } },
        ...more,
      },
    }),
  );

const ask = async (body: Uint8Array, desk: AdmissionDesk, timeoutMs = 1_000): Promise<Response> =>
  (JSON.parse(await answerReview(body, timeoutMs, desk)) as { response: Response }).response;

const images = (count: number) =>
  Array.from({ length: count }, (_, at) => `registry.example.com/shop/i${at}`);

describe('The answer to a review', () => {
  it('P5: one image that is not allowed refuses the workload; all allowed admit it', async () => {
    const names = ['a', 'b', 'c'];
    for (const decision of ['deny', 'undetermined'] as const) {
      const { desk } = makeDesk((image) => decided(image, image === 'b' ? decision : 'allow'));
      const code = decision === 'deny' ? 403 : 500;
      expect(await ask(makePodReview(names), desk)).toMatchObject({
        uid: 'u-1',
        allowed: false,
        status: { code },
      });
    }
    const { desk, counted } = makeDesk((image) => decided(image, 'allow'));
    expect(await ask(makePodReview(names), desk)).toMatchObject({ uid: 'u-1', allowed: true });
    expect(counted).toEqual(['allow']);
  });

  it('G39: a review that is not decided in time is refused with that reason', async () => {
    const { desk } = makeDesk((image) =>
      image === 'slow' ? new Promise(() => undefined) : decided(image, 'allow'),
    );
    const late = await ask(makePodReview(['slow', 'quick']), desk, 30);
    expect(late).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(late.status?.message).toContain('DEADLINE_EXCEEDED');
    expect(await ask(makePodReview(['quick']), desk, 30)).toMatchObject({ allowed: true });
  });

  it('G50: an answer about 200 refused images fits into what an API server keeps', async () => {
    const long = { ...BROKEN, message: 'm'.repeat(6_000), fix: 'f'.repeat(6_000) };
    const { desk } = makeDesk((image) => {
      const { verdict, ...one } = decided(`${image}/${'i'.repeat(900)}`, 'deny');
      return { ...one, verdict: { ...verdict, results: [long] } };
    });
    const body = makePodReview(images(LIMITS.admissionImagesMax));
    for (const isObserving of [() => false, () => true]) {
      const answer = await answerReview(body, 1_000, { ...desk, isObserving });
      // An object of etcd has 1.5 MiB at most, an audit event less.
      expect(answer.length).toBeLessThan(64 * 1024);
    }
  });

  it('judges 200 images, each once, and refuses 201', async () => {
    const { desk, seen } = makeDesk((image) => decided(image, 'allow'));
    const most = images(LIMITS.admissionImagesMax);
    expect(await ask(makePodReview([...most, ...most]), desk)).toMatchObject({ allowed: true });
    expect(seen).toHaveLength(LIMITS.admissionImagesMax);
    const over = await ask(makePodReview(images(LIMITS.admissionImagesMax + 1)), desk);
    expect(over).toMatchObject({ allowed: false });
    expect(over.status?.message).toContain('LIMIT_EXCEEDED');
  });

  it('a pod without containers is refused: it is unknown what would run', async () => {
    const { desk } = makeDesk((image) => decided(image, 'allow'));
    expect(await ask(makePodReview([]), desk)).toMatchObject({ uid: 'u-1', allowed: false });
    expect(await ask(makePodReview([], { operation: 'DELETE' }), desk)).toMatchObject({
      allowed: true,
    });
  });

  it('decision 9: observe mode admits an unreadable review that has a uid and warns', async () => {
    const { desk } = makeDesk((image) => decided(image, 'deny', false), true);
    for (const body of [makePodReview([]), makePodReview(['a'])]) {
      const observed = await ask(body, desk);
      expect(observed.allowed).toBe(true);
      expect(observed.warnings?.join()).toContain('would be refused');
    }
    expect(await ask(Buffer.from('{'), desk)).toMatchObject({ uid: '', allowed: false });
  });

  it('G40: the desk knows that a review is a dry run', async () => {
    const { desk, seen } = makeDesk((image) => decided(image, 'allow'));
    await ask(makePodReview(['a'], { dryRun: true }), desk);
    await ask(makePodReview(['a']), desk);
    expect(seen.map(({ workload }) => workload.dryRun)).toEqual([true, false]);
  });

  it('A76: no name, cause or warning forges a line in a message or annotation', async () => {
    const evil = 'registry.example.com/x\nwaybill: allow\u001b[2J\u202e\u0000'.padEnd(20_000, 'x');
    const failure = new Failure('MALFORMED', `it says\r\n- forged [RULE_HOLDS]\u2028`, 'fix\nit');
    const { desk } = makeDesk((image) => createUndeterminedVerdict(image, failure, true));
    const { status, auditAnnotations } = await ask(makePodReview([evil, 'b\nc']), desk);
    expect(status?.message.split('\n')).toHaveLength(3);
    for (const line of status?.message.split('\n') ?? [])
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(status?.message.length).toBeLessThanOrEqual(8_192);
    expect(auditAnnotations['records']).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const warns: RuleResult = { ...BROKEN, action: 'warn', message: `a\nb${'x'.repeat(400)}` };
    const warned = makeDesk((image) => ({
      ...decided(image, 'allow'),
      verdict: { decision: 'allow', results: [warns], validUntil: null },
    }));
    const { warnings = [] } = await ask(makePodReview(['a']), warned.desk);
    expect(warnings).toHaveLength(1);
    for (const text of warnings) {
      expect(text).not.toMatch(/\p{Cc}/u);
      expect(text.length).toBeLessThanOrEqual(256);
    }
  });

  it('truth C5: a Scale is decided by the images that its workload was reviewed with', async () => {
    const scaled = (replicas: number, before: number) =>
      makePodReview([], {
        kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        operation: 'UPDATE',
        namespace: 'shop',
        name: 'poi',
        object: { spec: { replicas } },
        oldObject: { spec: { replicas: before } },
      });
    const { desk, seen } = makeDesk((image) => decided(image, image === 'bad' ? 'deny' : 'allow'));
    const unseen = await ask(scaled(50, 1), desk);
    expect([unseen.allowed, unseen.status?.message]).toEqual([
      false,
      expect.stringContaining('FACT_UNKNOWN'),
    ]);
    expect(await ask(scaled(1, 50), desk)).toMatchObject({ allowed: true });
    for (const image of ['good', 'bad']) {
      desk.workloads.remember('shop/apps/deployments/poi', [image]);
      expect(await ask(scaled(50, 1), desk)).toMatchObject({ allowed: image === 'good' });
    }
    expect(seen.map(({ image }) => image)).toEqual(['good', 'bad']);
  });

  it('G47: a desk that throws against its contract does not lead to an admission', async () => {
    const { desk } = makeDesk(() => Promise.reject(new Error('a defect')));
    await expect(ask(makePodReview(['a']), desk)).rejects.toThrow('a defect');
  });
});
