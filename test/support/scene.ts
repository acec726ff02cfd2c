import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importAdvisories } from '../../src/adapters/advisories/index.ts';
import { openRegistryClient, type RegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { buildDefaultPolicy, type DefaultParameters } from '../../src/capabilities/policy/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../src/core/image-reference.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import { readAtOnce } from '../../src/core/reading-budget.ts';
import { orThrow } from '../../src/core/result.ts';
import { type Config, loadConfig } from '../../src/entrypoints/config/config.ts';
import {
  type RunningServer,
  type ServerOptions,
  startServer,
} from '../../src/entrypoints/server/start.ts';
import { parseTokens } from '../../src/entrypoints/server/tokens.ts';
import {
  describeMember,
  type ReleaseDocument,
  type ReleaseDocumentKind,
} from '../../src/phases/build/documents.ts';
import { stageDocument, stageSignature } from '../../src/phases/build/stage.ts';
import { type StagedArtifact, StagingArea } from '../../src/phases/build/staging.ts';
import { type TestAuthority, type TestKey, testAuthority, testKey } from './certificates.ts';
import { packFeed } from './dated-feed.ts';
import { debianImage, type Package } from './debian-image.ts';
import { ADVISORIES, sceneIndex } from './scene-advisories.ts';
import { type HttpAnswer, sendRequest } from './send-request.ts';

const YEAR_MS = 365 * 86_400_000;
export const HOUR_MS = 3_600_000;
export const TRUSTED = 'CN=release,O=Shop,ST=WA,C=US';
export const STRANGER = 'CN=somebody-else,O=Shop,ST=WA,C=US';

/** How an image is published. By default everything is correct. */
export interface Publication {
  /** Who signs the image; null signs nothing. */
  readonly imageKey?: TestKey | null;
  /** Who signs the documents; null leaves them unsigned. */
  readonly documentKey?: TestKey | null;
  readonly without?: readonly ReleaseDocumentKind[];
  /** When SBOM, scan and provenance say that they were made. */
  readonly at?: Instant;
  readonly packages?: readonly Package[];
  readonly licence?: string | null;
  /** Changes a document before it is signed. */
  readonly change?: (document: ReleaseDocument) => ReleaseDocument;
}

/**
 * Everything is real except the cluster: registry, keys, trust, policy, advisories and, once
 * started, the server.
 */
export class Scene {
  readonly folder: string;
  readonly home: string;
  readonly client: RegistryClient = openRegistryClient();
  readonly config: Config;
  readonly registry: RunningRegistry;
  readonly release: TestKey;
  readonly stranger: TestKey;
  #server: RunningServer | null = null;
  #trustRevision = 0;

  private constructor(
    folder: string,
    config: Config,
    registry: RunningRegistry,
    release: TestKey,
    stranger: TestKey,
  ) {
    this.folder = folder;
    this.config = config;
    this.home = config.home;
    mkdirSync(this.home, { recursive: true });
    this.registry = registry;
    this.release = release;
    this.stranger = stranger;
  }

  static async open(parameters: DefaultParameters = {}): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-scene-'));
    const registry = orThrow(await startRegistry({ root: join(folder, 'registry') }));
    const [release, stranger] = [await sceneKey(TRUSTED), await sceneKey(STRANGER)];
    const config = await loadConfig({ home: join(folder, 'home') }, {}, folder);
    const scene = new Scene(folder, config, registry, release, stranger);
    scene.trust([{ repositories: [`${registry.registry}/shop/*`], identity: TRUSTED }]);
    scene.policy(parameters);
    await scene.advisories(ADVISORIES);
    return scene;
  }

  trust(
    rules: readonly {
      readonly repositories: readonly string[];
      readonly identity: string;
      readonly statements?: readonly string[];
    }[],
  ): void {
    const store = join(this.config.notation, 'truststore', 'x509', 'ca', 'shop');
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, 'root.crt'), this.release.rootPem);
    const statement = {
      name: 'shop',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:shop'],
      trustedIdentities: ['*'],
    };
    writeFileSync(
      join(this.config.notation, 'trustpolicy.json'),
      JSON.stringify({ version: '1.0', trustPolicies: [statement] }),
    );
    const document = {
      apiVersion: 'waybill.dev/v1',
      kind: 'Trust',
      metadata: { name: 'shop', revision: ++this.#trustRevision },
      rules: rules.map(({ repositories, identity, statements }, index) => ({
        id: `rule-${index}`,
        repositories,
        statements: statements ?? ['image', 'sbom', 'scan', 'provenance'],
        signers: [{ identity, trustStore: 'ca:shop' }],
      })),
    };
    writeFileSync(this.config.trust, JSON.stringify(document));
  }

  policy(
    parameters: DefaultParameters = {},
    change: (text: string) => string = (text) => text,
  ): void {
    const text = buildDefaultPolicy({
      name: 'scene',
      allowedRegistries: [`${this.registry.registry}/shop`],
      ...parameters,
    });
    writeFileSync(this.config.policy, change(text));
  }

  async advisories(
    records: readonly object[],
    covers: readonly string[] = ['npm', 'Debian'],
  ): Promise<void> {
    const feed = join(this.folder, 'feed.ndjson');
    writeFileSync(feed, packFeed(records));
    const path = this.config.advisories;
    orThrow(await importAdvisories({ path, sources: [feed], covers, now: nowInstant() }));
  }

  reference(name: string, tag = '1.0'): ImageReference {
    return orThrow(parseImageReference(`${this.registry.registry}/shop/${name}:${tag}`));
  }

  /**
   * Pushes an image of Debian packages and, by default, everything that the release phase makes for
   * it.
   */
  async publish(name: string, publication: Publication = {}): Promise<Descriptor> {
    const subject = await this.push(
      name,
      publication.packages ?? [{ name: 'tzdata', version: '2024a-0+deb12u1' }],
      publication.licence,
    );
    await this.attach(name, subject, publication);
    return subject;
  }

  async push(
    name: string,
    packages: readonly Package[],
    licence: string | null = 'MIT',
    tag = '1.0',
  ): Promise<Descriptor> {
    const { manifest, blobs } = debianImage(packages, licence);
    const repository = formatRepository(this.reference(name));
    for (const blob of blobs) orThrow(await this.client.pushBlob(repository, blob));
    return orThrow(await this.client.pushManifest(repository, manifest, tag));
  }

  async attach(
    name: string,
    subject: Descriptor,
    publication: Publication = {},
  ): Promise<readonly StagedArtifact[]> {
    const {
      imageKey = this.release,
      documentKey = this.release,
      without = [],
      change = (one) => one,
    } = publication;
    const at = publication.at ?? nowInstant();
    const staging = new StagingArea(this.client, formatRepository(this.reference(name)), subject);
    for (const document of await this.documents(name, subject, at)) {
      if (without.includes(document.kind)) continue;
      await this.#stage(staging, subject, change(document), documentKey, at);
    }
    if (imageKey !== null) await stageSignature(staging, subject, imageKey, at);
    await this.pushStaged(name, staging);
    return staging.artifacts;
  }

  async documents(
    name: string,
    subject: Descriptor,
    at: Instant = nowInstant(),
  ): Promise<readonly ReleaseDocument[]> {
    const reference = this.reference(name);
    const source = {
      host: 'git.example.com',
      repository: `https://git.example.com/shop/${name}`,
      commit: 'c'.repeat(40),
      claimed: [],
    };
    const facts = {
      name,
      version: '1.0',
      owner: 'shop',
      source,
      build: {
        id: 'build-1',
        builder: 'https://ci.example.com',
        startedAt: null,
        finishedAt: null,
        job: null,
      },
    };
    const request = {
      facts,
      image: { source: this.client, reference },
      destination: { target: this.client, reference },
      key: this.release,
      tool: { name: 'waybill', version: '0.1.0' },
    };
    const ports = {
      advisories: sceneIndex(),
      now: () => at,
      gate: () => Promise.reject(new Error('not asked')),
      progress: () => undefined,
      reading: readAtOnce,
    };
    return orThrow(await describeMember(request, subject, ports, {})).documents;
  }

  async #stage(
    staging: StagingArea,
    subject: Descriptor,
    document: ReleaseDocument,
    key: TestKey | null,
    at: Instant,
  ): Promise<void> {
    if (key !== null) return stageDocument(staging, subject, document, key, at);
    const unsigned = new StagingArea(this.client, '', subject);
    await stageDocument(unsigned, subject, document, this.release, at);
    const [first] = unsigned.artifacts;
    if (first !== undefined) staging.add(first);
  }

  async pushStaged(name: string, staging: StagingArea): Promise<void> {
    const repository = formatRepository(this.reference(name));
    for (const { blobs, manifest } of staging.artifacts) {
      for (const blob of blobs) orThrow(await this.client.pushBlob(repository, blob));
      orThrow(await this.client.pushManifest(repository, manifest, null));
    }
  }

  /** `token` is the text of a token file. */
  async serve(
    options: { readonly cluster?: string; readonly token?: string } & Partial<
      Pick<ServerOptions, 'rescan' | 'updateEveryMs' | 'advisoryAgeMaxMs' | 'log'>
    > = {},
  ): Promise<RunningServer> {
    this.#server = await startServer(
      { ...this.config, cluster: options.cluster ?? 'eu-1' },
      {
        host: '127.0.0.1',
        port: 0,
        tls: null,
        tokens: options.token === undefined ? null : orThrow(parseTokens(options.token)),
        env: {},
        log: options.log ?? (() => undefined),
        rescan: options.rescan ?? null,
        updateEveryMs: options.updateEveryMs ?? null,
        advisoryAgeMaxMs: options.advisoryAgeMaxMs ?? null,
      },
    );
    return this.#server;
  }

  /** POSTs a review to the server over HTTPS, trusting only its own authority. */
  async review(body: unknown): Promise<ReviewResponse> {
    const answer = await this.http('POST', '/admit', JSON.stringify(body));
    return (JSON.parse(answer.body) as { response: ReviewResponse }).response;
  }

  http(
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const server = this.#server;
    if (server?.caFile == null) throw new Error('the server is not started');
    const options = {
      method,
      ca: readFileSync(server.caFile),
      headers: { 'content-type': 'application/json', ...headers },
    };
    return sendRequest(`${server.url}${path}`, options, body);
  }

  /** The decision about one image in a plain pod. */
  async admit(image: string, namespace = 'shop'): Promise<ReviewResponse> {
    return this.review(podReview(image, namespace));
  }

  /**
   * The first decision that allows the image or refuses it, as `wanted`: files that changed count
   * soon, and how soon depends on the machine. The last decision of 50 s otherwise.
   */
  async admitUntil(image: string, wanted: boolean): Promise<ReviewResponse> {
    const end = performance.now() + 50_000;
    for (;;) {
      const answer = await this.admit(image);
      if (answer.allowed === wanted || performance.now() > end) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.client.close();
    await this.registry.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export function nowInstant(): Instant {
  return toInstant(Date.now());
}

let authority: TestAuthority | null = null;

/** Certificates that are valid at the real time, because the server uses the real clock. */
export function sceneKey(subject: string): Promise<TestKey> {
  const span = {
    validFrom: toInstant(Date.now() - YEAR_MS),
    validUntil: toInstant(Date.now() + YEAR_MS),
  };
  authority ??= testAuthority({ subject: 'CN=Shop Root,O=Shop,ST=WA,C=US', ...span });
  return testKey({ subject, root: authority, ...span });
}

export function podReview(image: string, namespace = 'shop'): object {
  return makeReview(
    'Pod',
    '',
    { metadata: { name: 'pod' }, spec: { containers: [{ name: 'app', image }] } },
    namespace,
  );
}

export function makeReview(
  kind: string,
  group: string,
  object: object,
  namespace = 'shop',
  more: object = {},
): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'uid-1',
      kind: { group, version: 'v1', kind },
      operation: 'CREATE',
      namespace,
      userInfo: { username: 'alice' },
      object,
      ...more,
    },
  };
}
