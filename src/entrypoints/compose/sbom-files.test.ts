import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, takeHex } from '../../core/digest.ts';
import { loadSbomFile, writeManifest } from './sbom-files.ts';

const DOCUMENT = Buffer.from('{"spdxVersion":"SPDX-2.2","packages":[]}');
const DIGEST = takeHex(sha256(DOCUMENT));

describe('Deliver 5: the layout of sbom-tool', () => {
  let folder = '';
  let manifests = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-sbom-files-'));
    manifests = join(folder, '_manifest', 'spdx_2.2');
    mkdirSync(manifests, { recursive: true });
    writeFileSync(join(manifests, 'manifest.spdx.json'), DOCUMENT);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const state = (text: string): void =>
    writeFileSync(join(manifests, 'manifest.spdx.json.sha256'), text);

  it.each([
    ['lower case', DIGEST],
    ['upper case', DIGEST.toUpperCase()],
    ['as sha256sum writes it', `${DIGEST}  manifest.spdx.json\n`],
    ['with a byte order mark', `\uFEFF${DIGEST}\r\n`],
  ])(
    'A manifest with its checksum in %s is read, by its folder and by its name',
    async (_, text) => {
      state(text);
      for (const path of [folder, join(manifests, 'manifest.spdx.json')]) {
        const { bytes, lacks } = await loadSbomFile(path);
        expect([Buffer.from(bytes), lacks]).toEqual([DOCUMENT, []]);
      }
    },
  );

  it('A manifest with another checksum is refused, and one with none is reported', async () => {
    state(takeHex(sha256('other')));
    await expect(loadSbomFile(folder)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    state('not a checksum');
    await expect(loadSbomFile(folder)).rejects.toMatchObject({ code: 'MALFORMED' });
    rmSync(join(manifests, 'manifest.spdx.json.sha256'));
    expect((await loadSbomFile(folder)).lacks).toEqual([
      'it has no manifest.spdx.json.sha256 beside it, which sbom-tool writes',
    ]);
  });

  it('A document is written as sbom-tool writes it, and over no other one', async () => {
    const place = writeManifest(join(folder, 'out'), 'spdx_2.2', DOCUMENT);
    expect(place).toBe(join(folder, 'out', '_manifest', 'spdx_2.2', 'manifest.spdx.json'));
    expect(readFileSync(`${place}.sha256`, 'utf8')).toBe(DIGEST);
    expect(await loadSbomFile(join(folder, 'out'))).toEqual({ bytes: DOCUMENT, lacks: [] });
    expect(() => writeManifest(join(folder, 'out'), 'spdx_2.2', Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
    );
    rmSync(place);
    expect(() => writeManifest(join(folder, 'out'), 'spdx_2.2', DOCUMENT)).toThrow('.sha256');
  });

  it('A folder without a manifest is no SBOM', async () => {
    rmSync(manifests, { recursive: true });
    await expect(loadSbomFile(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
