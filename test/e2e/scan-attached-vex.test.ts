import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildArtifact, EMPTY_CONTENT, toContent } from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { toInstant } from '../../src/core/instant.ts';
import { stageSignature } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import type { TestKey } from '../support/certificates.ts';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';

const TYPE = 'application/vnd.openvex+json';
const VEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  timestamp: '2026-01-01T00:00:00Z',
  statements: [
    {
      vulnerability: { name: 'EX-2026-1' },
      products: [{ '@id': 'pkg:deb/debian/tzdata' }],
      status: 'not_affected',
      impact_statement: 'No clock is read.',
    },
  ],
};
const IDENTITY = 'CN=release,O=Shop,ST=WA,C=US';
let scene: Scene;
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-attached-vex-'));
  line = new CommandHere(folder);
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }];
  const affected = [{ package: { ecosystem: 'Debian:12', name: 'tzdata' }, ranges }];
  const record = { id: 'EX-2026-1', modified: '2026-01-01T00:00:00Z', affected };
  writeFileSync(join(folder, 'osv.json'), JSON.stringify(record));
  await line.output('advisories', 'import', 'osv.json', '--covers', 'npm,Debian');
});
afterAll(async () => {
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

async function pushWithVex(name: string, key: TestKey | null): Promise<Descriptor> {
  const subject = await scene.push(name, [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  const repository = formatRepository(scene.reference(name));
  const staging = new StagingArea(scene.client, repository, subject);
  const content = toContent(TYPE, Buffer.from(JSON.stringify(VEX)));
  const { mediaType, digest, size } = subject;
  const about = { mediaType, digest, size };
  const layers = [content.descriptor];
  const manifest = buildArtifact({ artifactType: TYPE, layers, subject: about, annotations: {} });
  const blobs = [EMPTY_CONTENT, content];
  staging.add({ kind: 'sbom', subject: digest, blobs, manifest });
  if (key !== null) await stageSignature(staging, manifest.descriptor, key, toInstant(Date.now()));
  await scene.pushStaged(name, staging);
  return subject;
}

interface Answer {
  readonly targets: readonly {
    readonly report: { readonly findings: readonly { readonly status: string }[] };
  }[];
}

async function scan(name: string, { digest }: Descriptor, statements: readonly string[]) {
  const shop = `${scene.registry.registry}/shop`;
  scene.trust([{ repositories: [`${shop}/*`], identity: IDENTITY, statements }]);
  const trusting = ['--trust', scene.config.trust, '--notation', scene.config.notation];
  const target = `${shop}/${name}@${digest}`;
  const { code, answer } = await line.json<Answer>('scan', target, '--allow-partial', ...trusting);
  return [code, ...(answer.targets[0]?.report.findings.map(({ status }) => status) ?? [])];
}

describe('truth A12: a scan of an image uses the VEX that a gate would use', () => {
  it('of a signer who may state it, and of nobody else', async () => {
    const own = await pushWithVex('vex-own', scene.release);
    expect(await scan('vex-own', own, ['image', 'vex'])).toEqual([0, 'not_affected']);
    expect(await scan('vex-own', own, ['image'])).toEqual([1, 'affected']);
    for (const [name, key] of [
      ['vex-bare', null],
      ['vex-strange', scene.stranger],
    ] as const)
      expect(await scan(name, await pushWithVex(name, key), ['image', 'vex'])).toEqual([
        1,
        'affected',
      ]);
  });
});
