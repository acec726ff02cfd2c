import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import { parseStatement } from '../../src/capabilities/attestation/index.ts';
import { readSbom } from '../../src/capabilities/inventory/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { run } from '../../tools/process.ts';
import { CommandLine } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { debianImage } from '../support/debian-image.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';
import { peer } from '../support/peer.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const SOURCE = 'https://git.example.com/shop/trips';

const notation = peer('notation-peer');
const oras = peer('oras');
const distribution = peer('registry');
const SUBJECT = 'CN=release,O=Shop,ST=WA,C=US';
const SIGNATURE = 'application/vnd.cncf.notary.signature';
const DSSE = 'application/vnd.dsse.envelope.v1+json';

interface Line {
  readonly digest: Digest;
  readonly standing: string;
  readonly reason: string | null;
}
interface VerificationAnswer extends Line {
  readonly signatures: readonly Line[];
  readonly documents: readonly (Line & { readonly kind: string; readonly mediaType: string })[];
}
interface Referrer {
  readonly digest: Digest;
  readonly artifactType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly referrers?: readonly Referrer[];
}

let work: string;
let waybill: CommandLine;
let registry: string;
let digest: Digest;

const verified = (reference: string, ...more: readonly string[]) =>
  waybill.json<VerificationAnswer>('verify', reference, ...more);
const trips = (): string => `${registry}/shop/trips@${digest}`;

async function writeLayout(folder: string, version: string): Promise<void> {
  const target = orThrow(await openLayoutTarget(join(work, folder)));
  const { manifest, blobs } = debianImage([{ name: 'tzdata', version }]);
  for (const blob of blobs) orThrow(await target.pushBlob('', blob));
  orThrow(await target.pushManifest('', manifest, '1.0'));
  await target.close();
}

async function generateKey(name: string, subject: string): Promise<string> {
  await waybill.output('key', 'generate', name, '--subject', subject);
  return join(waybill.home, 'keys', `${name}.root.crt`);
}

async function trustFor(repository: string, root: string): Promise<void> {
  const whom = ['--certificate', root, '--store', 'shop', '--identity', SUBJECT];
  await waybill.output('trust', 'add', ...whom, '--repository', repository);
}

async function allow(...registries: readonly string[]): Promise<void> {
  const text = await waybill.output('policy', 'show', '--default');
  const changed = text.replace(
    'allowedRegistries: []',
    `allowedRegistries: ${JSON.stringify(registries)}`,
  );
  expect(changed).not.toBe(text);
  writeFileSync(join(waybill.home, 'policy.yaml'), changed);
}

function release(reference: string, image: string): Promise<string> {
  const about = ['--name', 'trips', '--version', '1.0', '--repo', SOURCE];
  return waybill.output('release', reference, '--image', `oci:${image}:1.0`, ...about);
}

/** An image that is published without anything. */
async function push(repository: string, image: string): Promise<string> {
  const reference = `${registry}/${repository}`;
  const args = ['cp', '--from-oci-layout', '--to-plain-http', `${image}:1.0`, `${reference}:1.0`];
  await orasRun(...args);
  const resolved = (await orasRun('resolve', '--plain-http', `${reference}:1.0`)).trim();
  return `${reference}@${resolved}`;
}

/** The reference library, with the folder that `waybill trust add` wrote. */
const notationVerifies = (reference: string) =>
  run(notation ?? 'absent', ['verify', reference, join(waybill.home, 'notation')]);

const notationSigns = (reference: string, key: string, form: 'jws' | 'cose') => {
  const file = join(waybill.home, 'keys', key);
  return run(notation ?? 'absent', ['sign', reference, `${file}.key`, `${file}.crt`, form]);
};

async function orasRun(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: work, DOCKER_CONFIG: work };
  const { code, stdout, stderr } = await run(oras ?? 'absent', args, { cwd: work, env });
  if (code !== 0) throw new Error(`oras ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function discovered(reference: string): Promise<readonly Referrer[]> {
  const args = ['discover', '--plain-http', '--format', 'json', '--depth', '3', reference];
  return (JSON.parse(await orasRun(...args)) as Referrer).referrers ?? [];
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'waybill-release-'));
  waybill = new CommandLine(work);
  makeSourceRepository(work, SOURCE);
  const { line } = await waybill.start('registry', 'serve', 'registry', '--listen', '127.0.0.1:0');
  registry = /http:\/\/([^,]+),/.exec(line)?.[1] ?? '';
  await writeLayout('image', '2024a-0+deb12u1');
  await writeLayout('other', '2024b-0+deb12u1');
  writeFileSync(join(work, 'feed.ndjson'), packFeed(ADVISORIES));
  await trustFor(`${registry}/shop/*`, await generateKey('default', SUBJECT));
  await generateKey('stranger', SUBJECT);
  await allow(`${registry}/shop`);
  await waybill.output('advisories', 'import', 'feed.ndjson', '--covers', 'npm,Debian');
  await release(`${registry}/shop/trips:1.0`, 'image');
  const { answer } = await verified(`${registry}/shop/trips:1.0`);
  ({ digest } = answer);
});

afterAll(async () => {
  await waybill.close();
  rmSync(work, { recursive: true });
});

describe('a release made with the command line', () => {
  it('I12, I17: counts by our own verdict, the image and each document', async () => {
    const { code, answer } = await verified(`${registry}/shop/trips:1.0`);
    expect([code, answer.standing, answer.signatures.length]).toEqual([0, 'counts', 1]);
    expect(answer.documents.map(({ kind, standing }) => `${kind} ${standing}`).sort()).toEqual([
      'provenance counts',
      'sbom counts',
      'scan counts',
    ]);
  });

  it.skipIf(notation === null)(
    'B5, N1–N6: notation-go verifies all its signatures with the folder of `trust add`',
    async () => {
      const { answer } = await verified(trips());
      for (const signed of [digest, ...answer.documents.map((document) => document.digest)]) {
        const { code, stdout, stderr } = await notationVerifies(`${registry}/shop/trips@${signed}`);
        expect([code, stderr]).toEqual([0, '']);
        expect(stdout).toContain(signed);
      }
      const unsigned = await push('shop/unsigned', 'other');
      expect((await notationVerifies(unsigned)).code).toBe(1);
    },
  );
});

describe.skipIf(notation === null || oras === null)('what notation-go signs', () => {
  it('I1: counts like ours when it is JWS by a trusted key', async () => {
    const reference = await push('shop/theirs', 'image');
    expect((await verified(reference)).code).toBe(1);
    expect(await notationSigns(reference, 'default', 'jws')).toMatchObject({ code: 0 });
    expect(await verified(reference)).toMatchObject({ code: 0, answer: { standing: 'counts' } });
    await waybill.output('sign', reference);
    const { answer } = await verified(reference);
    expect(answer.signatures.map(({ standing }) => standing)).toEqual(['counts', 'counts']);
    expect((await notationVerifies(reference)).code).toBe(0);
  });

  it('N42: does not count when its root is not in the store, for notation-go neither', async () => {
    const reference = await push('shop/strange', 'image');
    expect(await notationSigns(reference, 'stranger', 'jws')).toMatchObject({ code: 0 });
    expect(await verified(reference)).toMatchObject({
      code: 1,
      answer: { standing: 'does-not-count' },
    });
    expect((await notationVerifies(reference)).code).toBe(1);
  });

  it('N3: counts as well when it is COSE, and so does ours for notation-go', async () => {
    const reference = await push('shop/cose', 'image');
    expect(await notationSigns(reference, 'default', 'cose')).toMatchObject({ code: 0 });
    expect(await verified(reference)).toMatchObject({ code: 0, answer: { standing: 'counts' } });
    const other = await push('shop/cose-own', 'image');
    await waybill.output('sign', other, '--signature-format', 'notary-cose');
    expect(await verified(other)).toMatchObject({ code: 0, answer: { standing: 'counts' } });
    expect((await notationVerifies(other)).code).toBe(0);
  });
});

describe.skipIf(oras === null)('oras', () => {
  it('B20, I13: lists what a release attached, as a tree with document types', async () => {
    const found = await discovered(`${registry}/shop/trips:1.0`);
    const tree = found.map((one) => [
      one.artifactType,
      one.annotations?.['dev.waybill.document'] ?? '',
      (one.referrers ?? []).map(({ artifactType }) => artifactType).join(),
    ]);
    expect(tree.sort()).toEqual([
      ['application/spdx+json', 'sbom', SIGNATURE],
      [SIGNATURE, 'signature', ''],
      [DSSE, 'provenance', SIGNATURE],
      [DSSE, 'scan', SIGNATURE],
    ]);
  });

  it('I13: pulls each document byte for byte, and each is about the image', async () => {
    const { answer } = await verified(trips());
    for (const document of answer.documents) {
      const reference = `${registry}/shop/trips@${document.digest}`;
      const manifest = JSON.parse(await orasRun('manifest', 'fetch', '--plain-http', reference));
      await orasRun('pull', '--plain-http', reference, '-o', document.kind);
      const [layer] = manifest.layers;
      const bytes = readFileSync(
        join(work, document.kind, layer.annotations['org.opencontainers.image.title']),
      );
      expect([sha256(bytes), bytes.length]).toEqual([layer.digest, layer.size]);
      expect(readSubject(document.kind, bytes)).toBe(digest);
    }
  });

  it('B27: copies the release with its referrers to a layout, with the same verdict', async () => {
    const copy = [
      'cp',
      '-r',
      '--from-plain-http',
      '--to-oci-layout',
      `${registry}/shop/trips:1.0`,
      'copied:1.0',
    ];
    await orasRun(...copy);
    const { code, answer } = await verified('oci:copied:1.0', '--as', `${registry}/shop/trips`);
    expect([code, answer.digest]).toEqual([0, digest]);
    expect(answer.documents.map(({ standing }) => standing)).toEqual([
      'counts',
      'counts',
      'counts',
    ]);
    expect(await verified('oci:copied:1.0', '--as', 'registry.example.com/x')).toMatchObject({
      code: 1,
    });
  });
});

function readSubject(kind: string, bytes: Uint8Array): string | null {
  if (kind === 'sbom') return orThrow(readSbom(bytes)).subject;
  const { payload } = JSON.parse(Buffer.from(bytes).toString()) as { payload: string };
  const [subject] = orThrow(parseStatement(Buffer.from(payload, 'base64'))).subjects;
  return subject === undefined ? null : `sha256:${subject.digest['sha256']}`;
}

describe.skipIf(oras === null || distribution === null)(
  'a second registry, without the referrers API',
  () => {
    let second: Distribution;
    beforeAll(async () => {
      second = await startDistribution(distribution);
      await trustFor(`${second.address}/shop/*`, join(waybill.home, 'keys', 'default.root.crt'));
      await allow(`${registry}/shop`, `${second.address}/shop`);
    });
    afterAll(() => second.stop());

    it('N7, B27: verify and the admission gate say the same after `oras copy -r`', async () => {
      const reference = `${second.address}/shop/trips:1.0`;
      const plain = ['--from-plain-http', '--to-plain-http'];
      await orasRun('copy', '-r', ...plain, `${registry}/shop/trips:1.0`, reference);
      const [here, there] = [
        (await verified(`${registry}/shop/trips:1.0`)).answer,
        (await verified(reference)).answer,
      ];
      const sorted = (lines: readonly Line[]) =>
        lines.map(({ digest: one, standing }) => `${one} ${standing}`).sort();
      expect(sorted(there.documents)).toEqual(sorted(here.documents));
      expect(sorted(there.signatures)).toEqual(sorted(here.signatures));
      expect(there.standing).toBe('counts');
      expect(await waybill.run('gate', 'admission', reference)).toMatchObject({ code: 0 });
      if (notation !== null)
        expect((await notationVerifies(`${second.address}/shop/trips@${digest}`)).code).toBe(0);
    });

    it('I18: a copy without its referrers is not admitted', async () => {
      const reference = `${second.address}/shop/bare:1.0`;
      await orasRun(
        'copy',
        '--from-plain-http',
        '--to-plain-http',
        `${registry}/shop/trips:1.0`,
        reference,
      );
      expect(await verified(reference)).toMatchObject({
        code: 1,
        answer: { signatures: [], documents: [] },
      });
      expect(await waybill.run('gate', 'admission', reference)).toMatchObject({ code: 1 });
    });

    it('B20: a release goes there directly, and oras finds it under the fallback tag', async () => {
      const reference = `${second.address}/shop/direct:1.0`;
      await release(reference, 'image');
      expect(await verified(reference)).toMatchObject({ code: 0 });
      const types = (await discovered(reference)).map(({ artifactType }) => artifactType).sort();
      expect(types).toEqual(['application/spdx+json', SIGNATURE, DSSE, DSSE]);
    });
  },
);
