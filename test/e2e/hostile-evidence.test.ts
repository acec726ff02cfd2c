import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSpdx } from '../../src/capabilities/inventory/index.ts';
import { OCI_MANIFEST } from '../../src/capabilities/registry/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import type { ReleaseDocument } from '../../src/phases/build/documents.ts';
import { stageDocument } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import { type RegistryProxy, startRegistryProxy } from '../support/registry-proxy.ts';
import { HOUR_MS, type Publication, Scene, STRANGER, TRUSTED } from '../support/scene.ts';

const VULNERABLE = [{ name: 'zlib', version: '1:1.2.13.dfsg-1' }];
const UNRATED = [{ name: 'unrated', version: '1.0' }];

let scene: Scene;
let proxy: RegistryProxy;
let count = 0;

beforeAll(async () => {
  scene = await Scene.open();
  proxy = await startRegistryProxy(scene.registry.registry);
  scene.policy({
    allowedRegistries: [
      `${scene.registry.registry}/shop`,
      `${proxy.registry}/shop`,
      '127.0.0.1:1/shop',
    ],
  });
  trustUsual();
  await scene.serve();
});

afterAll(async () => {
  await scene.close();
  await proxy.close();
});

beforeEach(() => {
  proxy.tamper = () => null;
});

function trustUsual(): void {
  scene.trust([
    {
      repositories: [`${scene.registry.registry}/shop/*`, `${proxy.registry}/shop/*`],
      identity: TRUSTED,
    },
    { repositories: [`${scene.registry.registry}/other/*`], identity: STRANGER },
  ]);
}

/** Publishes under a new name and returns the reference, by digest. */
async function published(publication: Publication): Promise<string> {
  const name = `case-${count++}`;
  const { digest } = await scene.publish(name, publication);
  return `${scene.registry.registry}/shop/${name}@${digest}`;
}

const viaProxy = (image: string): string => image.replace(scene.registry.registry, proxy.registry);

/** An SBOM that lists nothing and says that it is complete. */
function emptied(document: ReleaseDocument): ReleaseDocument {
  if (document.kind !== 'sbom') return document;
  return { ...document, bytes: writeSbom('complete') };
}

function writeSbom(outcome: 'complete' | 'partial'): Uint8Array {
  const skips = [
    { location: 'opt', cause: new Failure('UNSUPPORTED', 'what is here is not read', 'None.') },
  ];
  const inventory = {
    subject: { name: 'x', digest: null },
    os: null,
    components: [],
    outcome,
    skips: outcome === 'partial' ? skips : [],
    found: ['dpkg'],
  };
  return writeSpdx(inventory, { at: toInstant(Date.now()), tool: { name: 'x', version: '1' } });
}

describe('Hostile evidence never admits', () => {
  it('the paired accept: without hostile evidence the image is admitted', async () => {
    expect(await scene.admit(await published({}))).toMatchObject({ allowed: true });
  });

  it('B23: a critical vulnerability denies, although the attached scan is trusted', async () => {
    const denied = await scene.admit(await published({ packages: VULNERABLE, change: cleanScan }));
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toMatch(/B23-no-critical-finding .*CVE-2026-0001 in zlib/);
  });

  it('an empty SBOM that a stranger signed does not make a vulnerable image clean', async () => {
    const image = await published({
      packages: VULNERABLE,
      documentKey: scene.stranger,
      change: emptied,
    });
    const denied = await scene.admit(image);
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toMatch(/I18-signed-sbom .*somebody-else/);
  });

  it('an empty SBOM by a stranger beside the true one removes nothing from it', async () => {
    const name = `case-${count++}`;
    const subject = await scene.publish(name, { packages: VULNERABLE });
    await scene.attach(name, subject, {
      documentKey: scene.stranger,
      imageKey: null,
      change: emptied,
    });
    expect(
      await scene.admit(`${scene.registry.registry}/shop/${name}@${subject.digest}`),
    ).toMatchObject({
      allowed: false,
    });
  });

  it('an SBOM by a signer whom another repository trusts does not count here', async () => {
    const image = await published({ documentKey: scene.stranger });
    const denied = await scene.admit(image);
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toContain('not trusted to state sbom about');
  });

  it('an unsigned SBOM, scan and provenance do not count', async () => {
    expect(await scene.admit(await published({ documentKey: null }))).toMatchObject({
      allowed: false,
    });
  });

  it('an image signature by a stranger does not count', async () => {
    expect(await scene.admit(await published({ imageKey: scene.stranger }))).toMatchObject({
      allowed: false,
    });
  });

  it('an unsigned image is denied, with any attachments', async () => {
    expect(await scene.admit(await published({ imageKey: null }))).toMatchObject({
      allowed: false,
    });
  });

  it.each(['sbom', 'scan'] as const)(
    'A46, attack G17: a withheld %s denies, although other signed documents are there',
    async (kind) => {
      expect(await scene.admit(await published({ without: [kind] }))).toMatchObject({
        allowed: false,
      });
    },
  );

  it('I18: a scan that is more than a day old denies, a newer one does not', async () => {
    const hours = (age: number) => published({ at: toInstant(Date.now() - age * HOUR_MS) });
    expect(await scene.admit(await hours(25))).toMatchObject({ allowed: false });
    expect(await scene.admit(await hours(23))).toMatchObject({ allowed: true });
  });

  it('I18: a scan from the future denies', async () => {
    const ahead = new Date(Date.now() + 48 * HOUR_MS).toISOString();
    const change = (document: ReleaseDocument) =>
      rewritten(later(document), (statement) => {
        statement.predicate.metadata = { scanStartedOn: ahead, scanFinishedOn: ahead };
      });
    expect(await scene.admit(await published({ change }))).toMatchObject({ allowed: false });
  });

  it('a vulnerability of unknown severity is undetermined, which is refused', async () => {
    const denied = await scene.admit(await published({ packages: UNRATED }));
    expect(denied).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(denied.status?.message).toMatch(/undetermined/);
  });

  it('a partial SBOM proves no absence', async () => {
    const change = (document: ReleaseDocument) =>
      document.kind === 'sbom' ? { ...document, bytes: writeSbom('partial') } : document;
    expect(await scene.admit(await published({ change }))).toMatchObject({ allowed: false });
  });

  it.each([
    ['truncated', (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => new Uint8Array()],
    ['not JSON', () => Buffer.from('%PDF-1.4')],
    ['a list', () => Buffer.from('[]')],
    [
      'a document with a key twice',
      () => Buffer.from('{"spdxVersion":"SPDX-2.3","spdxVersion":"SPDX-2.3"}'),
    ],
  ])('A47, attack G23: a trusted SBOM that is %s leaves the verdict open', async (_, damage) => {
    const change = (document: ReleaseDocument) =>
      document.kind === 'sbom' ? { ...document, bytes: damage(document.bytes) } : document;
    expect(await scene.admit(await published({ change }))).toMatchObject({ allowed: false });
  });

  it('a trusted scan that is not a statement does not count as one', async () => {
    const change = (document: ReleaseDocument) =>
      document.kind === 'scan' ? { ...document, bytes: Buffer.from('{}') } : document;
    expect(await scene.admit(await published({ change }))).toMatchObject({ allowed: false });
  });

  it('A63: a trusted scan of another image does not count for this one', async () => {
    const other = await scene.push('elsewhere', [{ name: 'other', version: '1' }]);
    const scan = (await scene.documents('elsewhere', other)).find(
      (document) => document.kind === 'scan',
    );
    const change = (document: ReleaseDocument) =>
      document.kind === 'scan' && scan !== undefined ? scan : document;
    expect(await scene.admit(await published({ change }))).toMatchObject({ allowed: false });
  });

  it("foundation 2: a critical vulnerability in a stranger's scan counts", async () => {
    const name = `case-${count++}`;
    const subject = await scene.publish(name);
    const image = `${scene.registry.registry}/shop/${name}@${subject.digest}`;
    await attachSarif(name, subject);
    const denied = await scene.admit(image);
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toContain('CVE-2026-7777');
  });

  it('a VEX statement by a stranger removes nothing', async () => {
    const name = `case-${count++}`;
    const subject = await scene.publish(name, { packages: VULNERABLE });
    const vex = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [{ vulnerability: { name: 'CVE-2026-0001' }, status: 'not_affected' }],
    };
    await attachOther(
      name,
      subject,
      'application/vnd.openvex+json',
      Buffer.from(JSON.stringify(vex)),
    );
    expect(
      await scene.admit(`${scene.registry.registry}/shop/${name}@${subject.digest}`),
    ).toMatchObject({
      allowed: false,
    });
  });
});

describe('A dishonest registry never leads to an admission', () => {
  const isReferrers = (path: string): boolean => path.includes('/referrers/');

  it('the paired accept: through an honest proxy the image is admitted', async () => {
    expect(await scene.admit(viaProxy(await published({})))).toMatchObject({ allowed: true });
  });

  it('A5: an endless referrers list is truncated, which is a fact, and refused', async () => {
    const image = viaProxy(await published({ packages: VULNERABLE }));
    proxy.tamper = (path, _status, body) =>
      isReferrers(path) ? { body, headers: { link: `<${path}>; rel="next"` } } : null;
    expect(await scene.admit(image)).toMatchObject({ allowed: false });
  });

  it.each([
    ['answers 500', { status: 500, body: Buffer.from('') }],
    ['says that there are none', { status: 404, body: Buffer.from('{"errors":[]}') }],
    [
      'gives an empty list',
      {
        body: Buffer.from(
          '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
        ),
      },
    ],
    [
      'gives half a list',
      {
        body: Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+js'),
      },
    ],
  ])('attack G38: a registry that %s of referrers never leads to allow', async (_, answer) => {
    const image = viaProxy(await published({}));
    proxy.tamper = (path) => (isReferrers(path) ? answer : null);
    expect(await scene.admit(image)).toMatchObject({ allowed: false });
  });

  it('A2, G16: bytes whose digest is not the requested one are refused', async () => {
    const image = viaProxy(await published({}));
    proxy.tamper = (path, _status, body) =>
      path.includes('/blobs/') ? { body: Buffer.concat([body, Buffer.from(' ')]) } : null;
    expect(await scene.admit(image)).toMatchObject({ allowed: false });
  });

  it('G15: of a registry with another manifest at each fetch, the first is judged', async () => {
    const evil = await published({ packages: VULNERABLE });
    const read = async (image: string): Promise<Buffer> => {
      const [repository = '', digest = ''] = image.split('@');
      return Buffer.from(orThrow(await scene.client.manifest(repository, digest as Digest)).bytes);
    };
    for (const first of ['fair', 'evil'] as const) {
      const fair = await published({});
      const given = [await read(fair), await read(evil)];
      const names = [evil, fair].map((image) => image.split('@')[1]);
      let fetches = first === 'fair' ? 0 : 1;
      proxy.tamper = (path) =>
        ['moving', ...names].some((name) => path.endsWith(`/manifests/${name}`))
          ? {
              status: 200,
              headers: { 'content-type': OCI_MANIFEST },
              body: given[fetches++ % 2] ?? Buffer.from(''),
            }
          : null;
      const answer = await scene.admit(viaProxy(fair).replace(/@.*/, ':moving'));
      expect([first, answer.allowed]).toEqual([first, first === 'fair']);
      const judged = (first === 'fair' ? fair : evil).split('@')[1];
      expect(answer.auditAnnotations?.['records']).toContain(judged);
    }
  });

  it('A14, G26: a redirect to another host is not followed into a verdict', async () => {
    const image = viaProxy(await published({}));
    proxy.tamper = (path) =>
      path.includes('/blobs/')
        ? {
            status: 307,
            body: Buffer.from(''),
            headers: { location: 'http://169.254.169.254/latest' },
          }
        : null;
    expect(await scene.admit(image)).toMatchObject({ allowed: false });
  });

  it('I19, G26: a registry that is not listed is denied by name and never asked', async () => {
    const image = viaProxy(await published({}));
    const before = proxy.requests.length;
    for (const named of [
      image.replace('/shop/', '/elsewhere/'),
      `${proxy.registry}/elsewhere/trips:1.0`,
    ]) {
      const denied = await scene.admit(named);
      expect(denied).toMatchObject({ allowed: false, status: { code: 403 } });
      expect(denied.status?.message).toMatch(/I19-allowed-registry .*elsewhere/);
    }
    const offline = await scene.admit('docker.io/library/nginx');
    expect(offline.status?.message).toMatch(/I19-allowed-registry .*docker\.io\/library\/nginx/);
    expect(proxy.requests.length).toBe(before);
    expect(await scene.admit(image)).toMatchObject({ allowed: true });
  });

  it('G28: when the registry is gone, nothing is admitted and the cause is named', async () => {
    const denied = await scene.admit(`127.0.0.1:1/shop/trips@sha256:${'0'.repeat(64)}`);
    expect(denied).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(denied.status?.message).toContain('REGISTRY_UNREACHABLE');
  });
});

interface ScanStatement {
  predicate: { metadata: object; scanner: { result: unknown } };
}

/** A scan whose statement somebody changed before it was signed. */
function rewritten(
  document: ReleaseDocument,
  change: (statement: ScanStatement) => void,
): ReleaseDocument {
  if (document.kind !== 'scan') return document;
  const envelope = JSON.parse(Buffer.from(document.bytes).toString('utf8'));
  const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  change(statement);
  envelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return { ...document, bytes: Buffer.from(JSON.stringify(envelope)) };
}

/** A scan that reports nothing for any content. */
function cleanScan(document: ReleaseDocument): ReleaseDocument {
  return rewritten(document, (statement) => {
    statement.predicate.scanner.result = [];
  });
}

function later(document: ReleaseDocument): ReleaseDocument {
  return { ...document, createdAt: toInstant(Date.now() + 48 * HOUR_MS) };
}

async function attachSarif(
  name: string,
  subject: { readonly mediaType: string; readonly digest: never | string; readonly size: number },
): Promise<void> {
  const rule = {
    id: 'CVE-2026-7777',
    properties: { 'security-severity': '9.8', tags: ['vulnerability', 'security', 'CRITICAL'] },
  };
  const run = {
    tool: { driver: { name: 'Trivy', version: '0.50', rules: [rule] } },
    results: [
      {
        ruleId: 'CVE-2026-7777',
        ruleIndex: 0,
        level: 'error',
        message: {
          text:
            'Package: zlib1g\nInstalled Version: 1\nVulnerability CVE-2026-7777\nSeverity: ' +
            'CRITICAL\nFixed Version: 2',
        },
      },
    ],
  };
  await attachOther(
    name,
    subject,
    'application/sarif+json',
    Buffer.from(JSON.stringify({ version: '2.1.0', runs: [run] })),
  );
}

async function attachOther(
  name: string,
  subject: { readonly mediaType: string; readonly digest: string; readonly size: number },
  mediaType: string,
  bytes: Uint8Array,
): Promise<void> {
  const staging = new StagingArea(scene.client, '', subject as never);
  const document = {
    kind: 'scan',
    mediaType,
    bytes,
    createdAt: toInstant(Date.now()),
    outcome: 'complete',
  } as const;
  await stageDocument(staging, subject as never, document, scene.stranger, toInstant(Date.now()));
  await scene.pushStaged(name, staging);
}
