import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { grypeJson, makeStatement, trivyJson } from '../../../../test/support/foreign-documents.ts';
import { testIo } from '../../../../test/support/test-io.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import type { GraphImportCall } from '../options/graph.ts';
import { deliverReport } from '../report/deliver.ts';
import { SCHEMAS } from '../report/schemas.ts';
import { run } from './graph-import.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-import-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const home = join(cwd, 'home');
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { mode: 0o700 });
});

const write = (name: string, value: unknown): void =>
  writeFileSync(join(cwd, name), value instanceof Uint8Array ? value : JSON.stringify(value));
const IMAGE = sha256('image');
const OTHER = sha256('other');
const CONFIG = sha256('config');
const component = { type: 'library', name: 'a', version: '1', purl: 'pkg:npm/a@1' };
const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [component] };
const root = {
  ...{ type: 'container', name: 'trips', 'bom-ref': 'root' },
  purl: `pkg:oci/trips@${IMAGE.replace(':', '%3A')}`,
};
write('good.json', sbom);
write('other.json', { ...sbom, version: 2 });
write('about.json', { ...sbom, metadata: { component: root } });
write('cut.json', Buffer.from('{'));
write('empty.json', Buffer.from(''));
const about = { at: toInstant(0), imageId: CONFIG };
const reference = `registry.example.com/shop/trips@${IMAGE}`;
write('trivy.json', trivyJson([], { ...about, repoDigests: [reference] }));
write('local.json', trivyJson([], about));
const target = { imageID: CONFIG, repoDigests: [reference] };
write('grype.json', grypeJson([], { target }));
const report = JSON.parse(trivyJson([], about).toString());
write('scan.dsse.json', makeStatement('https://example.com/scan', report, { image: IMAGE }));
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'trips', digest: { sha256: IMAGE.slice(7) } }],
  predicateType: 'https://openvex.dev/ns',
  predicate: {},
};
const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
write('statement.json', {
  payloadType: 'application/vnd.in-toto+json',
  payload,
  signatures: [],
});
const size = 2;
const OCI = 'application/vnd.oci.image';
const manifest = (config: Digest) => ({
  schemaVersion: 2,
  mediaType: `${OCI}.manifest.v1+json`,
  config: { mediaType: `${OCI}.config.v1+json`, digest: config, size },
  layers: [],
});

async function importAll(
  args: readonly string[],
  options: Partial<GraphImportCall['options']> = {},
) {
  let out = '';
  let err = '';
  const io = {
    ...testIo(),
    cwd,
    env: { WAYBILL_HOME: home },
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const { signal } = new AbortController();
  const report = await run({ args, options: options as GraphImportCall['options'], io, signal });
  const code = await deliverReport(report, { io, format: 'json', file: undefined, signal });
  const lines = out.split('\n').filter((line) => line !== '');
  return { code, err, lines: lines.map(readLine) };
}

function readLine(line: string) {
  const { apiVersion, ...answer } = JSON.parse(line) as { readonly apiVersion: string };
  expect(apiVersion).toBe('waybill.dev/v1');
  return SCHEMAS['graph-import'].parse(answer);
}

describe('truth A23: one bad file never ends an import of several', () => {
  it('the others are in the graph, the bad ones are named, and the code is 3', async () => {
    const { code, err, lines } = await importAll([
      ...['good.json', 'cut.json', 'absent.json', 'empty.json', 'other.json'],
    ]);
    expect(code).toBe(3);
    expect(lines).toMatchObject([
      { file: 'good.json', kind: 'sbom', position: 0 },
      { file: 'cut.json', code: 'MALFORMED', message: expect.stringContaining('not JSON') },
      { file: 'absent.json', code: 'FILE_NOT_FOUND' },
      { file: 'empty.json', code: 'MALFORMED', remedy: 'Name the document.' },
      { file: 'other.json', kind: 'sbom', position: 1 },
    ]);
    for (const bad of ['cut.json', 'absent.json', 'empty.json']) expect(err).toContain(bad);
    expect(err).toContain(
      'not read: cut.json, absent.json, empty.json, 3 of 5 files (exit code 3)',
    );
  });

  it('a file alone fails as it is, and makes no graph', async () => {
    await expect(importAll(['cut.json'])).rejects.toMatchObject({
      code: 'MALFORMED',
      message: expect.stringContaining('cut.json: not JSON'),
    });
    await expect(importAll(['cut.json', 'absent.json'])).rejects.toMatchObject({
      code: 'MALFORMED',
    });
    expect(existsSync(join(home, 'waybill.db'))).toBe(false);
    expect((await importAll(['good.json'])).code).toBe(0);
  });

  it('a wrong option is said before anything is imported', async () => {
    await expect(importAll(['good.json'], { kind: 'sbomb' })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(importAll(['good.json'], { subject: 'sha256:1' })).rejects.toThrow();
    expect(existsSync(join(home, 'waybill.db'))).toBe(false);
  });
});

describe('C28: VEX is no inventory', () => {
  const vex = {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 },
    components: [{ ...component, 'bom-ref': 'c1' }],
    vulnerabilities: [
      {
        ...{ id: 'CVE-2026-99999', affects: [{ ref: 'c1' }] },
        analysis: { state: 'not_affected', justification: 'code_not_reachable' },
      },
    ],
  };
  it('it is a statement about the image that it names, and no inventory', async () => {
    write('vex.json', vex);
    write('open.json', {
      ...{ '@context': 'https://openvex.dev/ns/v0.2.0', '@id': 'x', author: 'a' },
      statements: [
        {
          ...{ vulnerability: { name: 'CVE-2026-99999' }, status: 'fixed' },
          products: [{ '@id': root.purl }],
        },
      ],
    });
    write('both.json', { ...vex, dependencies: [{ ref: 'c1', dependsOn: [] }] });
    expect((await importAll(['vex.json', 'open.json', 'both.json'])).lines).toMatchObject([
      { kind: 'statement', subject: null },
      { kind: 'statement', subject: IMAGE },
      { kind: 'sbom' },
    ]);
  });

  it('under the name of an inventory it is refused', async () => {
    write('vex.json', vex);
    await expect(importAll(['vex.json'], { kind: 'sbom' })).rejects.toMatchObject({
      code: 'EVIDENCE_REJECTED',
      message: expect.stringContaining('VEX'),
    });
  });
});

describe('truth A14: --subject does not move a document to another image', () => {
  it.each(['about.json', 'trivy.json', 'statement.json', 'grype.json', 'scan.dsse.json'])(
    '%s names its image: another one is refused, and both are named',
    async (file) => {
      await expect(importAll([file], { subject: OTHER })).rejects.toMatchObject({
        code: 'EVIDENCE_REJECTED',
        message: expect.stringMatching(new RegExp(`${IMAGE}.*--subject says ${OTHER}`)),
      });
      for (const options of [{ subject: IMAGE }, {}])
        expect((await importAll([file], options)).lines).toMatchObject([{ subject: IMAGE }]);
    },
  );

  it.each(['grype.json', 'scan.dsse.json', 'trivy.json'])('%s is a scan', async (file) => {
    expect((await importAll([file])).lines).toMatchObject([{ kind: 'scan', subject: IMAGE }]);
  });

  it('a document that names none is about what --subject says', async () => {
    expect((await importAll(['good.json'], { subject: OTHER })).lines).toMatchObject([
      { subject: OTHER },
    ]);
  });

  it('a report that names a configuration: the manifest in the log decides', async () => {
    for (const [name, config] of [
      ['own', CONFIG],
      ['foreign', OTHER],
    ] as const) {
      const body = Buffer.from(JSON.stringify(manifest(config)));
      write(`${name}.json`, body);
      const subject = sha256(body);
      expect((await importAll(['local.json'], { subject })).code).toBe(0); // nobody can tell yet
      await importAll([`${name}.json`], { kind: 'image' });
      const again = importAll(['local.json'], { subject });
      if (name === 'own') expect((await again).code).toBe(0);
      else await expect(again).rejects.toMatchObject({ code: 'EVIDENCE_REJECTED' });
    }
  });

  it('a report about an index may be taken for a platform image that the index lists', async () => {
    const mediaType = `${OCI}.manifest.v1+json`;
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${OCI}.index.v1+json`,
        manifests: [{ mediaType, digest: OTHER, size }],
      }),
    );
    write('index.json', index);
    const listed = `registry.example.com/shop/trips@${sha256(index)}`;
    write('of-index.json', trivyJson([], { ...about, repoDigests: [listed] }));
    const taken = () => importAll(['of-index.json'], { subject: OTHER });
    await expect(taken()).rejects.toMatchObject({ code: 'EVIDENCE_REJECTED' });
    await importAll(['index.json'], { kind: 'image' });
    expect((await taken()).lines).toMatchObject([{ subject: OTHER }]);
    await expect(importAll(['of-index.json'], { subject: IMAGE })).rejects.toThrow(IMAGE);
  });
});
