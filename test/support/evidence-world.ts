import {
  type AdvisoryIndex,
  createMemoryIndex,
  parseOsv,
} from '../../src/capabilities/advisories/index.ts';
import { encodeStatement } from '../../src/capabilities/attestation/index.ts';
import type { Component, Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { writeSpdx } from '../../src/capabilities/inventory/index.ts';
import { makeUnknownFact } from '../../src/capabilities/policy/index.ts';
import {
  type ArtifactSource,
  boundReferrers,
  buildImageManifest,
  buildIndex,
  type Content,
  OCI_CONFIG,
  parseManifest,
  type ReferrersList,
  type ReferrersOptions,
  toContent,
  toReferrer,
} from '../../src/capabilities/registry/index.ts';
import { buildVulnsPredicate, VULNS_TYPE } from '../../src/capabilities/scanning/index.ts';
import {
  NO_SOURCES,
  parseCertificates,
  parseTrust,
  parseTrustPolicy,
} from '../../src/capabilities/signing/index.ts';
import type { Descriptor, Platform } from '../../src/core/descriptor.ts';
import { type Digest, readAlgorithm, sha256, takeHex } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import { type ImageReference, parseImageReference } from '../../src/core/image-reference.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { toCanonicalPurl } from '../../src/core/purl.ts';
import { fail, failed, ok, orThrow, type Result } from '../../src/core/result.ts';
import type { GraphFacts } from '../../src/gates/desk/index.ts';
import type { TrustMaterial } from '../../src/gates/image-evidence/index.ts';
import type { ReleaseDocument } from '../../src/phases/build/documents.ts';
import { stageDocument, stageSignature } from '../../src/phases/build/stage.ts';
import { type StagedArtifact, StagingArea } from '../../src/phases/build/staging.ts';
import { FIXTURE_NOW, type TestKey, testKey } from './certificates.ts';
import { ADVISORIES } from './scene-advisories.ts';

export const REPOSITORY = 'registry.example.com/shop/trips';
const GONE = new Failure('REGISTRY_UNREACHABLE', 'the registry did not answer', 'Try again.');

/** A registry without a socket, whose answers a test can remove one by one. */
export class MemoryRegistry implements ArtifactSource {
  readonly contents = new Map<string, Content>();
  readonly tags = new Map<string, Descriptor>();
  readonly #referrers = new Map<Digest, Descriptor[]>();
  /** Manifests that the lists omit. */
  readonly hidden = new Set<string>();
  /** Digests that are unavailable, although lists name them. */
  readonly unreachable = new Set<string>();
  listsAreTruncated = false;
  requests = 0;
  /** Awaited before every answer. */
  pause: () => Promise<void> = async () => undefined;

  add(content: Content): Descriptor {
    this.contents.set(content.descriptor.digest, content);
    return content.descriptor;
  }

  addArtifact({ blobs, manifest, subject }: StagedArtifact): void {
    for (const content of [...blobs, manifest]) this.add(content);
    const parsed = orThrow(parseManifest(manifest.bytes, manifest.descriptor.mediaType));
    this.list(subject, toReferrer(manifest.descriptor, parsed));
  }

  list(subject: Digest, entry: Descriptor): void {
    this.#referrers.set(subject, [...(this.#referrers.get(subject) ?? []), entry]);
  }

  async resolve(reference: ImageReference): Promise<Result<Descriptor>> {
    await this.#asked();
    const tagged = this.tags.get(reference.tag ?? '');
    if (reference.digest === null) return tagged === undefined ? notFound() : ok(tagged);
    const found = this.contents.get(reference.digest);
    return found === undefined ? notFound() : ok(found.descriptor);
  }

  async manifest(_repository: string, wanted: Descriptor | Digest): Promise<Result<Content>> {
    return this.#content(typeof wanted === 'string' ? wanted : wanted.digest);
  }

  async blob(
    _repository: string,
    { digest }: Descriptor,
  ): Promise<Result<AsyncIterable<Uint8Array>>> {
    const content = await this.#content(digest);
    if (!content.ok) return content;
    const { bytes } = content.value;
    return ok(
      (async function* () {
        yield bytes;
      })(),
    );
  }

  async blobBytes(
    _repository: string,
    { digest }: Descriptor,
    bytesMax: number,
  ): Promise<Result<Uint8Array>> {
    const content = await this.#content(digest);
    if (!content.ok) return content;
    if (content.value.bytes.length <= bytesMax) return ok(content.value.bytes);
    return fail('LIMIT_EXCEEDED', 'too long', 'Shorten it.');
  }

  async referrers(
    _repository: string,
    digest: Digest,
    _type?: string | null,
    _options?: ReferrersOptions,
  ): Promise<Result<ReferrersList>> {
    await this.#asked();
    if (this.unreachable.has(`referrers ${digest}`)) return failed(GONE);
    const listed = (this.#referrers.get(digest) ?? []).filter(
      (entry) => !this.hidden.has(entry.digest),
    );
    return ok(boundReferrers(listed, !this.listsAreTruncated, 'api'));
  }

  async #content(digest: Digest): Promise<Result<Content>> {
    await this.#asked();
    if (this.unreachable.has(digest)) return failed(GONE);
    const found = this.contents.get(digest);
    return found === undefined ? notFound() : ok(found);
  }

  async #asked(): Promise<void> {
    this.requests += 1;
    await this.pause();
  }
}

function notFound(): Result<never> {
  return fail('NOT_FOUND', 'nothing is there', 'Push it.');
}

export interface WorldKeys {
  readonly release: TestKey;
  readonly stranger: TestKey;
}

export async function worldKeys(): Promise<WorldKeys> {
  return {
    release: await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' }),
    stranger: await testKey({ subject: 'CN=somebody-else,O=Shop,ST=WA,C=US' }),
  };
}

/** The trusted signer: `identity`, for `statements` about `repositories`. */
export function worldTrust(
  { release }: WorldKeys,
  identity = 'CN=release,O=Shop,ST=WA,C=US',
  statements: readonly string[] = ['image', 'sbom', 'scan', 'provenance'],
): TrustMaterial {
  const policy = {
    name: 'shop',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:shop'],
    trustedIdentities: ['*'],
  };
  const text = JSON.stringify({
    apiVersion: 'waybill.dev/v1',
    kind: 'Trust',
    metadata: { name: 'shop', revision: 1 },
    rules: [
      {
        id: 'shop',
        repositories: ['registry.example.com/shop/*'],
        statements,
        signers: [{ identity, trustStore: 'ca:shop' }],
      },
    ],
  });
  const certificates = parseCertificates(Buffer.from(release.rootPem));
  const document = orThrow(parseTrust(text));
  const notary = {
    policy: orThrow(
      parseTrustPolicy(Buffer.from(JSON.stringify({ version: '1.0', trustPolicies: [policy] }))),
    ),
    stores: new Map([['ca:shop', certificates]]),
  };
  const sigstore = { roots: new Map(), keys: [] };
  return { notary, sigstore, document, gatherer: NO_SOURCES, digest: sha256(text) };
}

export function worldIndex(
  records: readonly object[] = ADVISORIES,
  importedAt: Instant = FIXTURE_NOW,
): AdvisoryIndex {
  const version = sha256(JSON.stringify(records));
  return createMemoryIndex(
    records.map((record) => orThrow(parseOsv(JSON.stringify(record)))),
    { source: 'imported', version, importedAt, exportedAt: importedAt, rejected: 0 },
  );
}

export const NO_GRAPH: GraphFacts = {
  release: makeUnknownFact(new Failure('FACT_UNKNOWN', 'no graph', 'Import one.')),
  exposures: [],
};

/** An image without layers: only its documents describe its content. */
export function pushImage(registry: MemoryRegistry, name: string): Descriptor {
  const config = toContent(
    OCI_CONFIG,
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', name })),
  );
  registry.add(config);
  return registry.add(buildImageManifest({ config: config.descriptor, layers: [] }));
}

export function pushIndex(
  registry: MemoryRegistry,
  members: readonly (readonly [Descriptor, Platform | undefined])[],
): Descriptor {
  const manifests = members.map(([member, platform]) => ({
    ...member,
    ...(platform === undefined ? {} : { platform }),
  }));
  return registry.add(buildIndex({ manifests }));
}

export function debianComponent(name: string, changes: Partial<Component> = {}): Component {
  return {
    purl: orThrow(toCanonicalPurl(`pkg:deb/debian/${name}@1.0?arch=amd64&distro=debian-12`)),
    name,
    version: '1.0',
    licenses: ['MIT'],
    source: { name, version: '1.0' },
    locations: ['var/lib/dpkg/status'],
    layer: null,
    hashes: {},
    origin: null,
    dependsOn: [],
    development: false,
    ...changes,
  };
}

export function sbomDocument(
  components: readonly Component[],
  changes: Partial<Inventory> = {},
): ReleaseDocument {
  const skips = [
    { location: 'opt', cause: new Failure('UNSUPPORTED', 'what is here is not read', 'None.') },
  ];
  const outcome = changes.outcome ?? 'complete';
  const inventory: Inventory = {
    subject: { name: 'x', digest: null },
    os: { id: 'debian', versionId: '12', prettyName: null },
    components,
    skips: outcome === 'partial' ? skips : [],
    found: ['dpkg'],
    ...changes,
    outcome,
  };
  const bytes = writeSpdx(inventory, { at: FIXTURE_NOW, tool: { name: 'x', version: '1' } });
  return {
    kind: 'sbom',
    mediaType: 'application/spdx+json',
    bytes,
    createdAt: FIXTURE_NOW,
    outcome,
  };
}

export function scanDocument(
  about: Descriptor,
  at: Instant,
  findings: readonly (readonly [id: string, severity: string, name: string])[] = [],
): ReleaseDocument {
  const predicate = buildVulnsPredicate({
    scanner: { uri: 'https://scanner.example.com', version: '1' },
    database: { uri: 'https://scanner.example.com/db', version: '1', updatedAt: at },
    results: findings.map(([id, severity, name]) => ({
      id,
      severities: [{ method: 'severity', score: severity }],
      annotations: [
        {
          component: `pkg:deb/debian/${name}@1.0`,
          name,
          version: '1.0',
          fixed: [],
          status: 'affected',
        },
      ],
    })),
    startedAt: at,
    finishedAt: at,
  });
  const subjects = [
    { name: REPOSITORY, digest: { [readAlgorithm(about.digest)]: takeHex(about.digest) } },
  ];
  const bytes = encodeStatement({ subjects, predicateType: VULNS_TYPE, predicate });
  return {
    kind: 'scan',
    mediaType: 'application/vnd.in-toto+json',
    bytes,
    createdAt: at,
    outcome: 'complete',
  };
}

/** Attaches a document, unsigned if there is no key. Returns the digests of all new manifests. */
export async function attach(
  registry: MemoryRegistry,
  subject: Descriptor,
  document: ReleaseDocument,
  key: TestKey | null,
  at: Instant = FIXTURE_NOW,
): Promise<readonly StagedArtifact[]> {
  const staging = new StagingArea(registry, REPOSITORY, subject);
  await stageDocument(staging, subject, document, key ?? (await worldKeys()).release, at);
  const artifacts = key === null ? staging.artifacts.slice(0, 1) : staging.artifacts;
  for (const artifact of artifacts) registry.addArtifact(artifact);
  return artifacts;
}

export async function signImage(
  registry: MemoryRegistry,
  subject: Descriptor,
  key: TestKey,
  at: Instant = FIXTURE_NOW,
): Promise<readonly StagedArtifact[]> {
  const staging = new StagingArea(registry, REPOSITORY, subject);
  await stageSignature(staging, subject, key, at);
  for (const artifact of staging.artifacts) registry.addArtifact(artifact);
  return staging.artifacts;
}

export function pinned({ digest }: Descriptor, tag: string | null = null): string {
  return `${REPOSITORY}${tag === null ? '' : `:${tag}`}@${digest}`;
}

export function referenceTo(descriptor: Descriptor): ImageReference {
  return orThrow(parseImageReference(pinned(descriptor)));
}

export function later(ms: number): Instant {
  return toInstant(FIXTURE_NOW + ms);
}
