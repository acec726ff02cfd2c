import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import type { Instant } from '../../src/core/instant.ts';
import { makeDay, recordInput } from './graph-history.ts';
import { advisoryBatch, encodeJson, type TestAdvisory, type TestInventory } from './graph-ports.ts';

/** Releases, indexes, inventories and deployments in realistic forms. */
export const LIB = 'pkg:npm/lib@1';
export const FLAW: TestAdvisory = {
  id: 'GHSA-1',
  modified: 1,
  aliases: ['CVE-2026-1'],
  affected: { 'npm/lib': ['1'] },
};
export const makeDigest = (name: string): Digest => sha256(`image ${name}`);

export function release(
  name: string,
  images: readonly Digest[],
  version = '1',
  at = makeDay(1),
): EvidenceInput {
  const shipped = images.map((digest) => ({
    reference: `registry.example.com/${name}`,
    digest,
    platforms: [],
  }));
  const fields = {
    name,
    version,
    releasedAt: at,
    owner: null,
    source: null,
    build: null,
    artifacts: [],
  };
  return recordInput('release', { ...fields, images: shipped });
}

export function sbom(subject: Digest, purls: readonly string[], complete = true): EvidenceInput {
  const body: TestInventory = { complete, components: purls.map((purl) => ({ purl })) };
  return {
    kind: 'sbom',
    mediaType: 'application/json',
    body: encodeJson({ ...body, subject }),
    subject,
  };
}

export function index(...members: readonly Digest[]): {
  readonly input: EvidenceInput;
  readonly digest: Digest;
} {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const body = encodeJson({
    schemaVersion: 2,
    manifests: members.map((digest) => ({ mediaType, digest, size: 1 })),
  });
  const digest = sha256(body);
  const input = {
    kind: 'image',
    mediaType: 'application/vnd.oci.image.index.v1+json',
    body,
    subject: digest,
  } as const;
  return { input, digest };
}

export function advisories(...batch: readonly TestAdvisory[]): EvidenceInput {
  return {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body: advisoryBatch(batch),
    subject: null,
  };
}

export function running(name: string, at: Instant, ...images: readonly Digest[]): EvidenceInput {
  const [cluster = '', region = 'eu'] = name.split(' in ');
  const workloads = images.map((digest, number) => ({
    namespace: 'shop',
    kind: 'Deployment',
    name: `web-${number}`,
    images: [{ container: 'main', reference: 'registry.example.com/web', digest }],
  }));
  return recordInput('deployment', {
    cluster,
    region,
    observedAt: at,
    leaseMs: 86_400_000,
    workloads,
  });
}

/** An event of a sensor about the workload `trips`. */
export function violation(id: string, day: number, more: object = {}): EvidenceInput {
  return recordInput('violation', {
    ...{
      id,
      at: makeDay(day),
      image: null,
      rule: 'escalation',
      severity: 'high',
      detail: 'setuid',
    },
    workload: {
      cluster: 'eu-1',
      region: null,
      namespace: 'shop',
      kind: 'Deployment',
      name: 'trips',
    },
    ...more,
  });
}

export const signed = (document: EvidenceInput, identity: string) =>
  recordInput('verification', {
    signature: sha256(`signature of ${identity}`),
    subject: sha256('manifest'),
    covers: [sha256(document.body)],
    outcome: 'trusted',
    signer: { format: 'notary-jws', identity, thumbprint: null },
    reasons: [],
    trust: { revision: 1, digest: sha256('trust') },
    verifiedAt: makeDay(2),
  });
