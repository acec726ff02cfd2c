import { beforeAll, describe, expect, it } from 'vitest';
import { affectedMatcher } from '../../src/capabilities/advisories/index.ts';
import { view as exposureView } from '../../src/capabilities/graph/questions/exposure/view.ts';
import { view as findingsView } from '../../src/capabilities/graph/questions/findings/view.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { toInstant } from '../../src/core/instant.ts';
import { ok, orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { DecisionLog } from '../../src/entrypoints/server/admission/decision-log.ts';
import { type DecisionEvent, VerdictDesk } from '../../src/gates/desk/index.ts';
import type { ReleaseDocument } from '../../src/phases/build/documents.ts';
import { auditEstate } from '../../src/phases/operate/index.ts';
import { readWithinBudget } from '../../src/system/processes/reading-budget.ts';
import { FIXTURE_NOW } from '../support/certificates.ts';
import { inNamespace, NEVER } from '../support/desk-world.ts';
import {
  attach,
  debianComponent,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  REPOSITORY,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../support/evidence-world.ts';
import { FEEDS } from '../support/feeds.ts';
import { trivyJson } from '../support/foreign-documents.ts';
import { freshGraph } from '../support/fresh-graph.ts';
import { recordInput } from '../support/graph-history.ts';
import { encodeJson } from '../support/graph-ports.ts';
import { shopPolicy } from '../support/policy-facts.ts';
import { ASK as ask, SEEN } from '../support/question-options.ts';

const CVE = 'CVE-2026-7777';
const CLAIMED = 'CVE-2026-8888';
const ALL = ['image', 'sbom', 'scan', 'provenance', 'vex'];
const LEFT = 'pkg:npm/left@1.0.0';
const ADVISORY = {
  id: CVE,
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'tzdata' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
    },
  ],
};
const graph = freshGraph({ ...graphPorts, matcher: affectedMatcher });
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const state = (name: string, purl: string) => ({
  vulnerability: { name },
  products: [{ '@id': purl }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_present',
});
const VEX: ReleaseDocument = {
  kind: 'scan',
  mediaType: 'application/vnd.openvex+json',
  bytes: encodeJson({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-01-01T00:00:00Z',
    statements: [state(CVE, 'pkg:deb/debian/tzdata'), state(CLAIMED, LEFT)],
  }),
  createdAt: FIXTURE_NOW,
  outcome: 'complete',
};

/** A released image, in a registry and in the graph, with a finding of each kind. */
async function releaseImage(registry: MemoryRegistry, subject: Descriptor): Promise<void> {
  const sbom = sbomDocument([debianComponent('tzdata')]);
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, sbom, keys.release);
  const reference = `${REPOSITORY}:1.0`;
  const { digest } = subject;
  const found = { type: 'npm', name: 'left', version: '1.0.0', id: CLAIMED, severity: 'HIGH' };
  const trivy = trivyJson([found as never], { at: FIXTURE_NOW });
  const mediaType = 'application/json';
  const inputs = [
    recordInput('release', {
      ...{ name: 'trips', version: '1', releasedAt: FIXTURE_NOW, owner: null, source: null },
      ...{ build: null, images: [{ reference, digest, platforms: [] }], artifacts: [] },
    }),
    { kind: 'sbom', mediaType, body: sbom.bytes, subject: digest },
    { kind: 'scan', mediaType, body: trivy, subject: digest },
    { kind: 'advisories', mediaType, body: encodeJson(ADVISORY), subject: null },
    FEEDS,
  ] as const;
  orThrow(await graph.writer.append(inputs, FIXTURE_NOW));
}

async function audit(registry: MemoryRegistry, statements: readonly string[]) {
  const inForce = {
    policy: shopPolicy({ unknownLicense: 'accept' }),
    trust: worldTrust(keys, undefined, statements),
    advisories: worldIndex([ADVISORY]),
    advisoriesRevision: '1',
  };
  const world = {
    ...{ questions: graph.reader, source: registry, inForce, width: 1 },
    known: { find: () => null, keep: () => undefined },
    append: graph.writer.append.bind(graph.writer),
    signal: new AbortController().signal,
    deadline: () => new AbortController().signal,
    elapsedMs: () => 0,
    reading: readWithinBudget,
    progress: () => undefined,
  };
  const { audited } = await auditEstate(world, FIXTURE_NOW);
  return audited.map(({ basis }) => basis.findings.length);
}

const moment = toInstant(Date.now());
async function question(subject: Descriptor) {
  const findings = orThrow(
    await graph.reader.ask({ ...ask, name: 'findings', subject: subject.digest }),
  );
  const exposure = orThrow(
    await graph.reader.ask({ ...ask, name: 'exposure', vulnerability: CVE }),
  );
  const claim = orThrow(
    await graph.reader.ask({ ...ask, name: 'exposure', vulnerability: CLAIMED }),
  );
  expect(findingsView.refuse?.(findings, { text: () => '', moment })).toBeNull();
  return {
    statuses: [...findings.findings, ...findings.claimed].map(({ status }) => status),
    codes: [findings, exposure, claim].map((_, at) =>
      at === 0
        ? findingsView.pickExitCode?.(findings)
        : exposureView.pickExitCode?.({ ...[exposure, claim][at - 1], ...SEEN } as never),
    ),
    exposed: exposure.releases.length,
    excused: exposure.excused.length,
    claimed: claim.claimed.map(({ status }) => status),
  };
}

describe('truth A12, G38: an audit records the VEX that it verified', () => {
  it('so that questions agree with the gate, and a signer can lose the right', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await releaseImage(registry, subject);
    await attach(registry, subject, VEX, keys.release);
    const open = {
      ...{ statuses: ['affected', 'claimed'], codes: [1, 1, 1], exposed: 1, excused: 0 },
      claimed: ['claimed'],
    };
    expect(await question(subject)).toEqual(open);
    expect(await audit(registry, ALL)).toEqual([0]);
    expect(await question(subject)).toEqual({
      ...{ statuses: ['not_affected', 'not_affected'], codes: [0, 0, 0], exposed: 0, excused: 1 },
      claimed: ['not_affected'],
    });
    const size = orThrow(await graph.reader.head()).size;
    await audit(registry, ALL);
    expect(orThrow(await graph.reader.head()).size).toBe(size);
    expect(await audit(registry, ['image', 'sbom'])).toEqual([1]);
    expect(await question(subject)).toEqual(open);
  });

  it('and VEX of such a signer that cannot be read takes all of it back', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await releaseImage(registry, subject);
    await attach(registry, subject, VEX, keys.release);
    expect(await audit(registry, ALL)).toEqual([0]);
    expect((await question(subject)).excused).toBe(1);
    const broken = { '@context': 'https://openvex.dev/ns/v0.2.0', statements: 'broken' };
    await attach(registry, subject, { ...VEX, bytes: encodeJson(broken) }, keys.release);
    expect(await audit(registry, ALL)).toEqual([1]);
    expect(await question(subject)).toMatchObject({ codes: [1, 1, 1], exposed: 1, excused: 0 });
  });

  it('but VEX that nobody or a stranger signed changes no answer', async () => {
    for (const key of [null, keys.stranger]) {
      const registry = new MemoryRegistry();
      const subject = pushImage(registry, 'trips');
      await releaseImage(registry, subject);
      await attach(registry, subject, VEX, key);
      expect(await audit(registry, ALL)).toEqual([1]);
      expect((await question(subject)).exposed).toBe(1);
    }
  });
});

describe('truth A12: an admission records the VEX that it verified', () => {
  /** One admission by a desk that knows nothing yet; the statements that its signer may make. */
  async function admit(registry: MemoryRegistry, subject: Descriptor, may: readonly string[]) {
    const inForce = {
      policy: shopPolicy({ unknownLicense: 'accept' }),
      trust: worldTrust(keys, undefined, may),
      ...{ advisories: worldIndex([ADVISORY]), advisoriesRevision: '1' },
    };
    const append = graph.writer.append.bind(graph.writer);
    const log = new DecisionLog({ append, lost: (failure) => expect.unreachable(failure.message) });
    const decided: DecisionEvent[] = [];
    const desk = new VerdictDesk({
      ...{ source: registry, inForce: async () => ok(inForce), graph: async () => NO_GRAPH },
      ...{ now: () => FIXTURE_NOW, deadline: () => NEVER },
      decided: async (event) => {
        decided.push(event);
        await log.record(event);
      },
      counted: { verified: () => undefined, cached: () => undefined },
    });
    const image = `${REPOSITORY}@${subject.digest}`;
    for (const namespace of ['shop', 'shop', 'bank'])
      await desk.decide(image, 'admission', inNamespace(namespace), NEVER);
    await log.close();
    const { findings } = decided[0]?.evaluation.facts ?? {};
    return (Array.isArray(findings) ? findings : []).map(({ status }) => status);
  }
  const countLog = async () => orThrow(await graph.reader.head()).size;

  it('once, and takes it back when its signer loses the right', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await releaseImage(registry, subject);
    await attach(registry, subject, VEX, keys.release);
    expect((await question(subject)).exposed).toBe(1);
    const before = await countLog();
    expect(await admit(registry, subject, ALL)).toEqual(['not_affected']);
    expect(await question(subject)).toMatchObject({ codes: [0, 0, 0], exposed: 0, excused: 1 });
    const facts = 3;
    // Two decisions with their facts, the statement, and the verification of its signature.
    expect((await countLog()) - before).toBeLessThanOrEqual(2 + facts + 2);
    expect(await admit(registry, subject, ['image', 'sbom'])).toEqual(['affected']);
    expect(await question(subject)).toMatchObject({ codes: [1, 1, 1], exposed: 1, excused: 0 });
  });

  it('and VEX of such a signer that cannot be read takes all of it back', async () => {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    await releaseImage(registry, subject);
    await attach(registry, subject, VEX, keys.release);
    await admit(registry, subject, ALL);
    expect((await question(subject)).excused).toBe(1);
    const broken = { '@context': 'https://openvex.dev/ns/v0.2.0', statements: 'broken' };
    await attach(registry, subject, { ...VEX, bytes: encodeJson(broken) }, keys.release);
    expect(await admit(registry, subject, ALL)).toEqual(['affected']);
    expect(await question(subject)).toMatchObject({ codes: [1, 1, 1], exposed: 1, excused: 0 });
  });

  it('but not what nobody or a stranger states', async () => {
    for (const key of [null, keys.stranger]) {
      const registry = new MemoryRegistry();
      const subject = pushImage(registry, 'trips');
      await releaseImage(registry, subject);
      await attach(registry, subject, VEX, key);
      expect(await admit(registry, subject, ALL)).toEqual(['affected']);
      expect(await question(subject)).toMatchObject({ exposed: 1, excused: 0 });
    }
  });
});
