import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import { loadManifestFiles } from './manifest-files.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'waybill-manifests-'));
  mkdirSync(join(cwd, 'all/eu'), { recursive: true });
  mkdirSync(join(cwd, 'all/.git'));
  for (const name of [
    'b.yaml',
    'eu/a.yml',
    'eu/c.JSON',
    'README.md',
    '.git/x.yaml',
    '.hidden.yaml',
  ])
    writeFileSync(join(cwd, 'all', name), name);
  symlinkSync('/etc', join(cwd, 'all/outside'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const read = async (...named: readonly string[]) => {
  const stdin = Readable.from(['piped']);
  const { files, links } = await loadManifestFiles(named, { cwd, stdin });
  return { files: files.map(({ name, bytes }) => `${name}=${Buffer.from(bytes)}`), links };
};

describe('waybill -f', () => {
  it('P6: reads files, standard input and all below a folder; a link is named', async () => {
    expect(await read('all', '-', 'all/README.md')).toEqual({
      files: [
        ...['all/.hidden.yaml=.hidden.yaml', 'all/b.yaml=b.yaml', 'all/eu/a.yml=eu/a.yml'],
        ...['all/eu/c.JSON=eu/c.JSON', 'standard input=piped', 'all/README.md=README.md'],
      ],
      links: ['all/outside'],
    });
    await expect(read('absent')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('reads no more files and bytes than the limits say', async () => {
    const named = (count: number): readonly string[] =>
      Array.from({ length: count }, () => 'all/b.yaml');
    expect((await read(...named(LIMITS.manifestFilesMax))).files).toHaveLength(
      LIMITS.manifestFilesMax,
    );
    await expect(read(...named(LIMITS.manifestFilesMax + 1))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    const large = join(cwd, 'large');
    writeFileSync(large, '');
    truncateSync(large, LIMITS.manifestFileBytesMax);
    const whole = LIMITS.manifestsBytesMax / LIMITS.manifestFileBytesMax;
    const paths = Array.from({ length: whole }, () => 'large');
    expect((await loadManifestFiles(paths, { cwd, stdin: Readable.from([]) })).files).toHaveLength(
      whole,
    );
    await expect(read(...paths, 'all/b.yaml')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    truncateSync(large, LIMITS.manifestFileBytesMax + 1);
    await expect(read('large')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
