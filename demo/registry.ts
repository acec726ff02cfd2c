import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What anyone with push access can put into a registry, without any pipeline. */
export class PlainRegistry {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  /** Pushes an image from an OCI layout as `docker push` does: only the image. */
  async pushImage(layout: string, digest: string, repository: string, tag: string): Promise<void> {
    const manifest = readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
    const { config, layers } = JSON.parse(String(manifest)) as Manifest;
    for (const blob of [config, ...layers])
      await this.#pushBlob(
        repository,
        readFileSync(join(layout, 'blobs', blob.digest.replace(':', '/'))),
      );
    await this.#pushManifest(repository, tag, manifest);
  }

  /**
   * Pushes the image of a layout as `docker buildx build --push` does: an index with the image of
   * one platform, and beside it a manifest of BuildKit's own statements for the platform
   * `unknown/unknown`. Returns the digest of the image.
   */
  async pushAsBuildx(layout: string, digest: string, repository: string, tag: string) {
    await this.pushImage(layout, digest, repository, digest);
    const image = readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
    const predicateType = 'https://slsa.dev/provenance/v0.2';
    const statement = Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType,
        subject: [{ name: 'pkg:docker/poi', digest: { sha256: digest.slice('sha256:'.length) } }],
        predicate: { buildType: 'https://mobyproject.org/buildkit@v1', builder: { id: '' } },
      }),
    );
    const config = Buffer.from(
      JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs: { type: 'layers' } }),
    );
    const attestation = Buffer.from(
      JSON.stringify({
        ...{ schemaVersion: 2, mediaType: MANIFEST },
        config: describeBlob(CONFIG, config),
        layers: [
          {
            ...describeBlob('application/vnd.in-toto+json', statement),
            annotations: { 'in-toto.io/predicate-type': predicateType },
          },
        ],
      }),
    );
    for (const blob of [statement, config]) await this.#pushBlob(repository, blob);
    await this.#pushManifest(repository, computeDigest(attestation), attestation);
    const index = {
      ...{ schemaVersion: 2, mediaType: INDEX },
      manifests: [
        { ...describeBlob(MANIFEST, image), platform: { architecture: 'amd64', os: 'linux' } },
        {
          ...describeBlob(MANIFEST, attestation),
          annotations: {
            'vnd.docker.reference.digest': digest,
            'vnd.docker.reference.type': 'attestation-manifest',
          },
          platform: { architecture: 'unknown', os: 'unknown' },
        },
      ],
    };
    await this.#pushManifest(repository, tag, Buffer.from(JSON.stringify(index)), INDEX);
  }

  /** Puts a signature where cosign keeps those of a digest: under a tag made of it. */
  async pushCosignSignature(repository: string, digest: string): Promise<void> {
    const payload = Buffer.from(
      JSON.stringify({
        critical: {
          identity: { 'docker-reference': `${this.#address}/${repository}` },
          image: { 'docker-manifest-digest': digest },
          type: 'cosign container image signature',
        },
        optional: null,
      }),
    );
    const config = Buffer.from(JSON.stringify({ architecture: '', os: '', config: {} }));
    for (const blob of [payload, config]) await this.#pushBlob(repository, blob);
    const signature = Buffer.from('a signature by a key that nobody here knows').toString('base64');
    const layer = {
      ...describeBlob('application/vnd.dev.cosign.simplesigning.v1+json', payload),
      annotations: { 'dev.cosignproject.cosign/signature': signature },
    };
    const manifest = {
      ...{ schemaVersion: 2, mediaType: MANIFEST },
      config: describeBlob(CONFIG, config),
      layers: [layer],
    };
    const tag = `${digest.replace(':', '-')}.sig`;
    await this.#pushManifest(repository, tag, Buffer.from(JSON.stringify(manifest)));
  }

  /**
   * Takes a valid signature, writes another image's digest into the signed text, and attaches it to
   * that image.
   */
  async forgeSignature(
    from: { repository: string; digest: string },
    onto: { repository: string; digest: string },
  ) {
    const signature = await this.#signatureOf(from.repository, from.digest);
    const target = await this.#get(onto.repository, `manifests/${onto.digest}`);
    const subject = { ...signature.subject, digest: onto.digest, size: target.length };
    const [layer] = signature.layers;
    const envelope = JSON.parse(
      String(await this.#get(from.repository, `blobs/${layer?.digest}`)),
    ) as Envelope;
    const payload = JSON.parse(String(Buffer.from(envelope.payload, 'base64url'))) as object;
    const forged = { ...envelope, payload: base64url({ ...payload, targetArtifact: subject }) };
    const blob = Buffer.from(JSON.stringify(forged));
    await this.#pushBlob(onto.repository, blob);
    await this.#pushBlob(onto.repository, Buffer.from('{}'));
    const layers = [{ ...layer, digest: computeDigest(blob), size: blob.length }];
    const manifest = Buffer.from(JSON.stringify({ ...signature, layers, subject }));
    await this.#pushManifest(onto.repository, computeDigest(manifest), manifest);
  }

  async hasTag(repository: string, tag: string): Promise<boolean> {
    const { status } = await fetch(`http://${this.#address}/v2/${repository}/manifests/${tag}`);
    if (status !== 200 && status !== 404) throw new Error(`the registry answered ${status}`);
    return status === 200;
  }

  async #signatureOf(repository: string, digest: string): Promise<Manifest> {
    const type = encodeURIComponent('application/vnd.cncf.notary.signature');
    const list = JSON.parse(
      String(await this.#get(repository, `referrers/${digest}?artifactType=${type}`)),
    );
    const [first] = (list as { readonly manifests: readonly Blob[] }).manifests;
    return JSON.parse(
      String(await this.#get(repository, `manifests/${first?.digest}`)),
    ) as Manifest;
  }

  async #get(repository: string, path: string): Promise<Buffer> {
    const answer = await fetch(`http://${this.#address}/v2/${repository}/${path}`);
    if (!answer.ok) throw new Error(`${path}: the registry answered ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async #pushBlob(repository: string, bytes: Buffer): Promise<void> {
    const base = `http://${this.#address}`;
    const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') ?? '', base);
    place.searchParams.set('digest', computeDigest(bytes));
    const headers = { 'content-type': 'application/octet-stream' };
    await accepted(fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers }));
  }

  async #pushManifest(
    repository: string,
    name: string,
    bytes: Buffer,
    type = MANIFEST,
  ): Promise<void> {
    const headers = { 'content-type': type };
    const place = `http://${this.#address}/v2/${repository}/manifests/${name}`;
    await accepted(fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers }));
  }
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

function describeBlob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: computeDigest(bytes), size: bytes.length };
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly config: Blob;
  readonly layers: readonly Blob[];
  readonly subject?: Blob;
}

interface Envelope {
  readonly payload: string;
}

async function accepted(sent: Promise<Response>): Promise<void> {
  const { status } = await sent;
  if (status !== 201) throw new Error(`the registry answered ${status}`);
}

function computeDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
