import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { buildImageManifest, toContent } from '../../src/capabilities/registry/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { type HereResult, requireSuccess, runHere } from './run-here.ts';

/** A registry with images, a home with a key, and whom this home trusts. */
export class SignedImages {
  readonly folder = mkdtempSync(join(tmpdir(), 'waybill-signed-'));
  readonly registry: RunningRegistry;
  readonly #client = openRegistryClient();

  private constructor(registry: RunningRegistry) {
    this.registry = registry;
  }

  static async open(): Promise<SignedImages> {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-images-'));
    const images = new SignedImages(orThrow(await startRegistry({ root: folder })));
    await images.run('key', 'generate', 'release');
    const root = join(images.folder, 'home', 'keys', 'release.root.crt');
    const whom = ['--identity', 'CN=release,O=example,ST=WA,C=US', '--store', 'shop'];
    const where = ['--repository', `${images.registry.registry}/shop/*`];
    await images.run('trust', 'add', '--certificate', root, ...whom, ...where);
    return images;
  }

  /** An image without layers under this name. */
  async push(name: string): Promise<string> {
    const repository = `${this.registry.registry}/shop/${name}`;
    const text = JSON.stringify({ architecture: 'amd64', os: 'linux', name });
    const config = toContent('application/vnd.oci.image.config.v1+json', Buffer.from(text));
    orThrow(await this.#client.pushBlob(repository, config));
    const manifest = buildImageManifest({ config: config.descriptor, layers: [] });
    orThrow(await this.#client.pushManifest(repository, manifest, '1'));
    return `${repository}:1`;
  }

  /** The public key of the home, as `openssl x509 -pubkey` prints it. */
  writePublicKey(name = 'release'): string {
    const chain = readFileSync(join(this.folder, 'home', 'keys', `${name}.crt`));
    const pem = new X509Certificate(chain).publicKey.export({ format: 'pem', type: 'spki' });
    const path = join(this.folder, `${name}.pub`);
    writeFileSync(path, pem);
    return path;
  }

  try(...args: readonly string[]): Promise<HereResult> {
    const env = { HOME: this.folder, PATH: process.env['PATH'], WAYBILL_HOME: 'home' };
    return runHere(args, { cwd: this.folder, env });
  }

  async runWith(
    more: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<HereResult> {
    const env = { HOME: this.folder, PATH: process.env['PATH'], WAYBILL_HOME: 'home', ...more };
    return requireSuccess(args, await runHere(args, { cwd: this.folder, env }));
  }

  async run(...args: readonly string[]): Promise<HereResult> {
    return requireSuccess(args, await this.try(...args));
  }

  write(name: string, content: string | Uint8Array | object): string {
    const path = join(this.folder, name);
    const isText = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(path, isText ? content : JSON.stringify(content));
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** What `waybill verify` says of an image. */
  async verify(image: string) {
    const { code, stdout } = await this.try('verify', image, '--format', 'json');
    return { code, ...JSON.parse(stdout) };
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.registry.close();
    rmSync(this.folder, { recursive: true });
  }
}
