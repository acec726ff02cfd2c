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

  async #pushManifest(repository: string, name: string, bytes: Buffer): Promise<void> {
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
    const place = `http://${this.#address}/v2/${repository}/manifests/${name}`;
    await accepted(fetch(place, { method: 'PUT', body: new Uint8Array(bytes), headers }));
  }
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
