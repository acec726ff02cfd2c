import {
  type ArtifactFact,
  type ArtifactType,
  buildDefaultPolicy,
  type DefaultParameters,
  type DependencyFact,
  type Facts,
  type FindingFact,
  type JudgedCommitFact,
  type Policy,
  parsePolicy,
  type SignatureFact,
} from '../../src/capabilities/policy/index.ts';
import { Failure } from '../../src/core/failure.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';

/** The time of evaluation in the tests of policies. */
export const NOON: Instant = toInstant(Date.UTC(2026, 10, 22, 12));
export const HOUR_MS = 3_600_000;

export function hoursAgo(hours: number): Instant {
  return toInstant(NOON - hours * HOUR_MS);
}

export const LOST = new Failure(
  'REGISTRY_UNREACHABLE',
  'the registry did not answer',
  'Try again.',
);

export function signature(changes: Partial<SignatureFact> = {}): SignatureFact {
  return {
    format: 'notary-jws',
    trusted: true,
    identity: 'CN=release,O=Shop',
    reason: null,
    signedAt: hoursAgo(1),
    ...changes,
  };
}

export function artifact(type: ArtifactType, changes: Partial<ArtifactFact> = {}): ArtifactFact {
  return {
    type,
    mediaType: 'application/json',
    digest: `sha256:${'1'.repeat(64)}`,
    createdAt: hoursAgo(1),
    trusted: true,
    identity: 'CN=release,O=Shop',
    reason: null,
    ...changes,
  };
}

export function finding(changes: Partial<FindingFact> = {}): FindingFact {
  return {
    id: 'CVE-2024-0001',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
    severity: 'high',
    status: 'affected',
    component: 'pkg:npm/left@1.0.0',
    name: 'left',
    version: '1.0.0',
    fixed: ['1.0.1'],
    ...changes,
  };
}

export function judgedCommit(changes: Partial<JudgedCommitFact> = {}): JudgedCommitFact {
  return {
    id: 'c'.repeat(40),
    signed: true,
    trusted: true,
    signer: 'alice@example.com',
    format: 'ssh',
    author: 'alice@example.com',
    committer: 'alice@example.com',
    authorMatches: true,
    committerMatches: true,
    reason: null,
    ...changes,
  };
}

export function dependency(changes: Partial<DependencyFact> = {}): DependencyFact {
  return {
    ecosystem: 'npm',
    name: 'left',
    version: '1.0.0',
    purl: 'pkg:npm/left@1.0.0',
    pinned: true,
    why: 'locked with its hash in package-lock.json',
    registry: 'registry.example.com/npm',
    registryFrom: 'lock',
    place: 'package.json:4',
    kind: 'direct',
    development: false,
    ...changes,
  };
}

const CLEAN_BUILD: Pick<Facts, 'runner' | 'rebuild'> = {
  runner: {
    job: {
      platform: 'github-actions',
      builder: 'https://github.com/shop/builds/.github/workflows/release.yml@refs/heads/main',
      repository: 'https://git.example.com/shop',
      commit: 'c'.repeat(40),
      invocation: 'https://github.com/shop/trips/actions/runs/8812/attempts/2',
      hosted: false,
    },
    machine: {
      cloud: 'azure',
      id: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
      subscription: '8d10da13-8125-4ba9-a717-bf7490507b3d',
      allowed: true,
    },
    time: { earliest: hoursAgo(2), latest: hoursAgo(1) },
  },
  rebuild: {
    commit: 'c'.repeat(40),
    reproduced: true,
    sameContent: true,
    difference: null,
    at: hoursAgo(1),
  },
};

/** Everything that the default policy requires of an image, and nothing that it refuses. */
export function cleanFacts(changes: Partial<Facts> = {}): Facts {
  return {
    image: {
      reference: 'registry.example.com/shop/trips:1.4',
      registry: 'registry.example.com',
      repository: 'shop/trips',
      tag: '1.4',
      digest: `sha256:${'a'.repeat(64)}`,
      platform: 'linux/amd64',
    },
    signatures: [signature()],
    artifacts: [artifact('sbom'), artifact('scan'), artifact('provenance')],
    sbom: {
      complete: true,
      count: 1,
      createdAt: hoursAgo(1),
      unexplained: { files: 0, bytes: 0, executables: 0 },
    },
    scan: { complete: true, createdAt: hoursAgo(1) },
    provenance: {
      builder: 'ci',
      repository: 'https://git.example.com/shop',
      commit: 'c'.repeat(40),
      materials: [],
      level: 2,
    },
    ...CLEAN_BUILD,
    systems: [
      {
        id: 'debian',
        release: '12',
        supported: true,
        supportedUntil: hoursAgo(-24 * 365),
      },
    ],
    components: [
      {
        purl: 'pkg:npm/left@1.0.0',
        type: 'npm',
        name: 'left',
        version: '1.0.0',
        licenses: ['MIT'],
      },
    ],
    findings: [finding()],
    advisories: { source: 'imported', updatedAt: hoursAgo(2) },
    release: {
      name: 'trips',
      version: '1.4',
      owner: 'team-shop',
      repository: 'https://git.example.com/shop',
      commit: 'c'.repeat(40),
    },
    workload: { cluster: 'eu-1', namespace: 'shop', kind: 'Deployment', name: 'trips' },
    commit: { id: 'c'.repeat(40), signed: true, trusted: true, signer: 'alice@example.com' },
    buildGate: { verdict: 'allow', decidedAt: hoursAgo(3), policy: `sha256:${'a'.repeat(64)}` },
    commits: [judgedCommit()],
    dependencies: [dependency()],
    build: {
      rebuilt: true,
      reproduced: true,
      difference: null,
      materialsRecorded: true,
      unrecorded: null,
    },
    ...changes,
  };
}

export function shopPolicy(parameters: DefaultParameters = {}, extra = ''): Policy {
  const text = buildDefaultPolicy({
    allowedRegistries: ['registry.example.com/shop'],
    allowedComponentRegistries: ['registry.example.com/npm'],
    ...parameters,
  });
  return orThrow(parsePolicy(`${text}${extra}`));
}

/** A policy document with the rules, parameters or exceptions that a test is about. */
export function policyText(rules: string, rest = ''): string {
  return (
    `apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: test, revision: 1 }\nmode: ` +
    `enforce\n${rest}\nrules:\n${rules}`
  );
}

/** One rule that denies at admission. */
export function ruleText(require: string, gates = '{ admission: deny }'): string {
  return (
    `  - id: r\n    description: d\n    gates: ${gates}\n    require: ` +
    `${JSON.stringify(require)}\n`
  );
}
