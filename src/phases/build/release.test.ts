import { beforeAll, describe, expect, it } from 'vitest';
import { type TestKey, testKey } from '../../../test/support/certificates.ts';
import { debianImage } from '../../../test/support/debian-image.ts';
import {
  later,
  MemoryRegistry,
  REPOSITORY,
  worldIndex,
} from '../../../test/support/evidence-world.ts';
import { cleanFacts, shopPolicy } from '../../../test/support/policy-facts.ts';
import { type DefaultParameters, evaluate } from '../../capabilities/policy/index.ts';
import type { ArtifactTarget, Content } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import { failed, ok, orThrow } from '../../core/result.ts';
import type { Decision } from '../../core/verdict.ts';
import { shipRelease } from './release.ts';
import type { ReleasePorts } from './request.ts';

let key: TestKey;
beforeAll(async () => {
  key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
});

/** Records what is pushed, in order. */
class Target extends MemoryRegistry implements ArtifactTarget {
  readonly pushed: { readonly what: string; readonly tag: string | null }[] = [];
  failsAt: number | null = null;

  async pushBlob(_repository: string, content: { readonly descriptor: Descriptor }) {
    return this.#push(content.descriptor, null);
  }

  async pushManifest(_repository: string, content: Content, tag: string | null = null) {
    return this.#push(content.descriptor, tag);
  }

  async deleteManifest() {
    return ok(false);
  }

  #push(descriptor: Descriptor, tag: string | null) {
    if (this.pushed.length === this.failsAt)
      return failed(new Failure('REGISTRY_UNREACHABLE', 'gone', 'Try again.'));
    this.pushed.push({ what: descriptor.digest, tag });
    return ok(descriptor);
  }
}

const PARAMETERS: Readonly<Record<Decision, Parameters<typeof cleanFacts>[0]>> = {
  allow: {},
  deny: { signatures: [] },
  undetermined: { findings: undefined } as never,
};

async function ship(gate: ReleasePorts['gate'], failsAt: number | null = null) {
  const registry = new MemoryRegistry();
  const { manifest, blobs } = debianImage([{ name: 'tzdata', version: '1.0' }]);
  for (const content of [manifest, ...blobs]) registry.add(content);
  registry.tags.set('built', manifest.descriptor);
  const target = new Target();
  target.failsAt = failsAt;
  const request = {
    facts: {
      name: 'trips',
      version: '1.0',
      owner: null,
      source: {
        host: 'git.example.com',
        repository: 'https://git.example.com/shop',
        commit: 'c'.repeat(40),
        claimed: [],
      },
      build: {
        id: '1',
        builder: 'https://ci.example.com',
        startedAt: null,
        finishedAt: null,
        job: null,
      },
    },
    image: { source: registry, reference: orThrow(parseImageReference(`${REPOSITORY}:built`)) },
    destination: { target, reference: orThrow(parseImageReference(`${REPOSITORY}:1.0`)) },
    key,
    tool: { name: 'waybill', version: '1' },
  };
  const ports = {
    advisories: worldIndex(),
    now: () => later(0),
    gate,
    progress: () => undefined,
    reading: readAtOnce,
  };
  return {
    target,
    subject: manifest.descriptor.digest,
    outcome: await shipRelease(request, ports),
  };
}

const saying = (
  decision: Decision,
  mode: DefaultParameters['mode'] = 'enforce',
): ReleasePorts['gate'] => {
  const facts = cleanFacts(PARAMETERS[decision]);
  const evaluation = evaluate(shopPolicy({ mode }), { gate: 'release', facts, now: later(0) });
  expect(evaluation.verdict.decision).toBe(decision);
  return async () => ok(evaluation);
};

describe('The release gate', () => {
  it.each(['deny', 'undetermined'] as const)(
    'B21, B22: what it calls %s leaves nothing in the registry',
    async (decision) => {
      const { target, outcome } = await ship(saying(decision));
      expect(outcome).toMatchObject({ ok: true, value: { published: false } });
      expect(target.pushed).toEqual([]);
    },
  );

  it.each(['deny', 'undetermined'] as const)(
    'in observe mode publishes what it calls %s, where an enforcing one does not',
    async (decision) => {
      const { target, outcome } = await ship(saying(decision, { release: 'observe' }));
      expect(outcome).toMatchObject({
        ok: true,
        value: { published: true, evaluation: { verdict: { decision } } },
      });
      expect(target.pushed.at(-1)?.tag).toBe('1.0');
      const strict = await ship(saying(decision, { admission: 'observe' }));
      expect(strict.outcome).toMatchObject({ ok: true, value: { published: false } });
      expect(strict.target.pushed).toEqual([]);
    },
  );

  it('a gate that could not be asked leaves nothing in the registry', async () => {
    const { target, outcome } = await ship(async () =>
      failed(new Failure('POLICY_INVALID', 'x', 'x')),
    );
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'POLICY_INVALID' } });
    expect(target.pushed).toEqual([]);
  });

  it('B25, B27: an allowed release is published, with the tag set once and last', async () => {
    const { target, subject, outcome } = await ship(saying('allow'));
    expect(outcome).toMatchObject({ ok: true, value: { published: true } });
    expect(target.pushed.at(-1)).toEqual({ what: subject, tag: '1.0' });
    expect(target.pushed.filter(({ tag }) => tag !== null)).toHaveLength(1);
    expect(target.pushed.findIndex(({ what }) => what === subject)).toBeLessThan(
      target.pushed.length - 1,
    );
  });

  it('B25: a push that fails at any step leaves no tag behind', async () => {
    const { target: whole } = await ship(saying('allow'));
    for (let step = 0; step < whole.pushed.length; step += 3) {
      const { target, outcome } = await ship(saying('allow'), step);
      expect(outcome).toMatchObject({ ok: false, failure: { code: 'REGISTRY_UNREACHABLE' } });
      expect(target.pushed.filter(({ tag }) => tag !== null)).toEqual([]);
    }
  });

  it('is asked about the digest, not about the tag of the image', async () => {
    const asked: (string | null)[] = [];
    const { subject } = await ship(async (reference) => {
      asked.push(reference.digest);
      return failed(new Failure('INTERNAL', 'x', 'x'));
    });
    expect(asked).toEqual([subject]);
  });
});
