import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../../test/support/elf.ts';
import { makeTree } from '../../../../../test/support/images.ts';
import { packZip } from '../../../../../test/support/pack-zip.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import { findHome } from './java-machine.ts';

const unnamed = packZip([{ name: 'a/B.class', text: 'class' }]);
const program = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });
const machine = (...builds: readonly string[]): Buffer =>
  packElf({ sections: [{ name: '.rodata', content: `\0${builds.join('\0')}\0` }], writable: 'x' });
const build = (version: string, runtime = version): string =>
  `OpenJDK 64-Bit Server VM (${version}) for linux-amd64 JRE (${runtime}), built on 2026-01-01`;
const read = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  const found = await inventoryTree(makeTree(files), 'root', { target: 'root-file-system' });
  return {
    purls: found.components.map(({ purl }) => purl),
    outcome: found.outcome,
    executables: found.unexplained?.executables,
    notes: found.notes ?? [],
  };
};

describe('B2: a Java runtime without its release file', () => {
  const home = 'opt/java/openjdk';
  const place = `${home}/lib/server/libjvm.so`;
  const whole = {
    [place]: machine(build('21.0.4+7-LTS')),
    [`${home}/bin/java`]: program,
    [`${home}/lib/jrt-fs.jar`]: unnamed,
  };

  it('is named by its machine, and explains its folder', async () => {
    expect(await read(whole)).toEqual({
      purls: ['pkg:generic/openjdk@21.0.4%2B7-LTS'],
      outcome: 'complete',
      executables: 0,
      notes: [`${place} is openjdk 21.0.4+7-LTS, identified by its content`],
    });
  });

  it('of version 8 has the version of the runtime, not that of the machine', async () => {
    const files = {
      'opt/jre8/lib/amd64/server/libjvm.so': machine(build('25.412-b08', '1.8.0_412-b08')),
    };
    expect((await read(files)).purls).toEqual(['pkg:generic/openjdk@1.8.0_412-b08']);
  });

  it('is not named twice beside its release file', async () => {
    const release = 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="21.0.4+7-LTS"\n';
    expect(await read({ ...whole, [`${home}/release`]: release })).toMatchObject({
      purls: ['pkg:generic/eclipse/openjdk@21.0.4%2B7-LTS'],
      outcome: 'complete',
      notes: [],
    });
  });

  it('does not explain a folder that others use, nor archives of others', async () => {
    const elsewhere = { 'usr/lib/server/libjvm.so': whole[place] ?? '', 'usr/bin/x': program };
    expect(await read(elsewhere)).toMatchObject({
      purls: ['pkg:generic/openjdk@21.0.4%2B7-LTS'],
      executables: 1,
    });
    expect((await read({ ...whole, [`${home}/lib/x.jar`]: unnamed })).outcome).toBe('partial');
  });

  it.each([
    ['two versions', machine(build('21.0.4+7'), build('17.0.1+1'))],
    ['no version', machine(build('$VERSION'))],
  ])('is unknown with %s', async (_, content) => {
    expect(await read({ ...whole, [place]: content })).toMatchObject({
      purls: [],
      outcome: 'partial',
    });
  });

  it('a library of another name, or without a build, names nothing', async () => {
    expect(
      (await read({ [`${home}/lib/server/libother.so`]: machine(build('21')) })).purls,
    ).toEqual([]);
    expect((await read({ [place]: program })).purls).toEqual([]);
  });

  it.each([
    ['opt/jdk/lib/server/libjvm.so', 'opt/jdk'],
    ['opt/jdk8/jre/lib/amd64/server/libjvm.so', 'opt/jdk8'],
    ['jdk/bin/server/jvm.dll', 'jdk'],
    ['lib/server/libjvm.so', null],
    ['opt/jdk/libjvm.so', null],
  ])('%s is of the runtime in %s', (path, home) => {
    expect(findHome(path)).toBe(home);
  });
});
