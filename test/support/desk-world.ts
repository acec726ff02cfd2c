import type { Policy, RegoEngine } from '../../src/capabilities/policy/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { ok } from '../../src/core/result.ts';
import {
  type DecisionEvent,
  type DeskPorts,
  VerdictDesk,
  type WorkloadRequest,
} from '../../src/gates/desk/index.ts';
import { FIXTURE_NOW, type TestKey } from './certificates.ts';
import {
  attach,
  debianComponent,
  later,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  sbomDocument,
  scanDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldTrust,
} from './evidence-world.ts';
import { HOUR_MS, shopPolicy } from './policy-facts.ts';

export const NEVER = new AbortController().signal;
export const lenient = shopPolicy({ unknownLicense: 'accept' });

/** A desk whose clock, registry and documents in force are controlled by the test. */
export class DeskWorld {
  readonly keys: WorldKeys;
  readonly registry = new MemoryRegistry();
  now: Instant = FIXTURE_NOW;
  policy: Policy = lenient;
  rego: RegoEngine | null = null;
  trust: ReturnType<typeof worldTrust>;
  advisories = worldIndex();
  verified = 0;
  readonly decided: DecisionEvent[] = [];
  deadline: (ms: number) => AbortSignal = () => NEVER;
  graph: DeskPorts['graph'] = async () => NO_GRAPH;
  turns: DeskPorts['turns'] | null = null;
  /** Keeps a decision. */
  keep: DeskPorts['decided'] = (decided) => void this.decided.push(decided);
  readonly desk = this.fresh();

  constructor(keys: WorldKeys) {
    this.keys = keys;
    this.trust = worldTrust(keys);
  }

  fresh(): VerdictDesk {
    return new VerdictDesk({
      source: this.registry,
      inForce: async () =>
        ok({
          policy: this.policy,
          trust: this.trust,
          advisories: this.advisories,
          advisoriesRevision: this.advisories.info().version,
          ...(this.rego === null ? {} : { rego: this.rego }),
        }),
      graph: (image, members, origin) => this.graph(image, members, origin),
      ...(this.turns == null ? {} : { turns: this.turns }),
      now: () => this.now,
      deadline: (ms) => this.deadline(ms),
      decided: (decided) => this.keep(decided),
      counted: { verified: () => void this.verified++, cached: () => undefined },
    });
  }

  async image(key: TestKey = this.keys.release, scannedAt = later(-HOUR_MS)): Promise<Descriptor> {
    const subject = pushImage(this.registry, 'trips');
    await signImage(this.registry, subject, key);
    await attach(
      this.registry,
      subject,
      sbomDocument([debianComponent('tzdata')]),
      this.keys.release,
    );
    await attach(
      this.registry,
      subject,
      scanDocument(subject, scannedAt),
      this.keys.release,
      scannedAt,
    );
    return subject;
  }

  async decide(
    image: string,
    workload: WorkloadRequest | null = inNamespace('shop'),
    desk = this.desk,
  ) {
    return (await desk.decide(image, 'admission', workload, NEVER)).verdict.decision;
  }

  pass(ms: number): void {
    this.now = toInstant(this.now + ms);
  }
}

export const inNamespace = (
  namespace: string,
  more: Partial<WorkloadRequest> = {},
): WorkloadRequest => ({
  cluster: 'eu-1',
  namespace,
  kind: 'Deployment',
  name: 'trips',
  operation: 'CREATE',
  user: 'alice',
  ...more,
});
