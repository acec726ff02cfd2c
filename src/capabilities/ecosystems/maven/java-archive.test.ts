import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { type MadeMember, packZip } from '../../../../test/support/pack-zip.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import type { Inventory } from '../component.ts';
import { javaArchive } from './java-archive.ts';

const pom = (group: string, artifact: string, version: string): MadeMember => ({
  name: `META-INF/maven/${group}/${artifact}/pom.properties`,
  text: `#Generated\r\nversion=${version}\r\ngroupId=${group}\r\nartifactId = ${artifact}\r\n`,
});
const code: MadeMember = { name: 'a/B.class', text: 'cafebabe' };
const log4j = pom('org.apache.logging.log4j', 'log4j-core', '2.12.3');

const inJar = (bytes: Uint8Array, path = 'app/x.jar'): Promise<Inventory> =>
  inventoryTree(makeTree({ [path]: bytes }), '/', { target: 'root-file-system' });
const shown = ({ components }: Inventory): readonly string[] => components.map(({ purl }) => purl);
const codes = ({ skips }: Inventory): readonly string[] => skips.map(({ cause }) => cause.code);

describe('B2 B15: Java archives', () => {
  it('give the coordinates that Maven wrote', async () => {
    const inventory = await inJar(packZip([log4j, code]));
    expect(inventory).toMatchObject({ outcome: 'complete', found: ['java-archive'] });
    expect(inventory.components[0]).toMatchObject({
      purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.12.3',
      name: 'org.apache.logging.log4j:log4j-core',
      version: '2.12.3',
      locations: ['app/x.jar'],
    });
  });

  it('give every artifact of a shaded archive', async () => {
    expect(shown(await inJar(packZip([log4j, pom('g', 'a', '1'), code])))).toEqual([
      'pkg:maven/g/a@1',
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.12.3',
    ]);
  });

  it('give nested archives with their places, jar in war in ear', async () => {
    const war = packZip([
      { name: 'WEB-INF/lib/l.jar', text: packZip([log4j, code]), stored: true },
    ]);
    const inventory = await inJar(packZip([{ name: 'w.war', text: war }]), 'e.ear');
    expect(inventory).toMatchObject({
      outcome: 'complete',
      components: [{ locations: ['e.ear!/w.war!/WEB-INF/lib/l.jar'] }],
    });
  });

  it('are read behind a script at their start', async () => {
    expect(
      shown(
        await inJar(packZip([log4j], { prefix: Buffer.from('#!/bin/sh\nexec java -jar "$0"\n') })),
      ),
    ).toHaveLength(1);
  });

  it('without Maven coordinates are named by manifest and file, and are reported', async () => {
    const manifest = {
      name: 'META-INF/MANIFEST.MF',
      text: 'Manifest-Version: 1.0\r\nImplementation-Version: 5.3\r\n .1\r\n\r\nName: x\r\n',
    };
    const inventory = await inJar(packZip([manifest, code]), 'lib/spring-core-5.0.jar');
    expect(inventory).toMatchObject({
      outcome: 'partial',
      skips: [{ location: 'lib/spring-core-5.0.jar', cause: { code: 'FACT_UNKNOWN' } }],
    });
    expect(shown(inventory)).toEqual(['pkg:generic/spring-core@5.3.1']);
    expect(shown(await inJar(packZip([code]), 'lib/spring-core-5.0.jar'))).toEqual([
      'pkg:generic/spring-core@5.0',
    ]);
    expect(await inJar(packZip([code]), 'lib/app.jar')).toMatchObject({
      outcome: 'partial',
      components: [],
    });
  });

  it('without code of their own are not components', async () => {
    expect((await inJar(packZip([{ name: 'readme', text: 'x' }]))).outcome).toBe('complete');
    expect((await inJar(packZip([code]), 'shop.war')).outcome).toBe('complete');
    expect((await inJar(packZip([]))).outcome).toBe('complete');
  });

  it('whose pom.properties hold no coordinates make the inventory partial', async () => {
    for (const text of [
      '',
      `groupId=g\nartifactId=a\nversion=\${project.version}`,
      'groupId=g/../x\nartifactId=a\nversion=1',
    ]) {
      expect(codes(await inJar(packZip([{ ...log4j, text }])))).toContain('FACT_UNKNOWN');
    }
  });
});

describe('deceptive archives', () => {
  const names = async (items: readonly MadeMember[]): Promise<readonly string[]> =>
    codes(await inJar(packZip(items)));

  it('are read by their directory only: another name in a local header hides nothing', async () => {
    expect(shown(await inJar(packZip([{ ...log4j, localName: 'harmless.txt' }])))).toHaveLength(1);
    expect(
      shown(await inJar(packZip([{ ...code, localName: log4j.name }, pom('g', 'a', '1')]))),
    ).toEqual(['pkg:maven/g/a@1']);
  });

  it('with a wrong size or checksum make the inventory partial', async () => {
    expect(await names([{ ...log4j, size: 10 }])).toEqual(['MALFORMED']);
    expect(await names([{ ...log4j, size: 1_000 }])).toEqual(['MALFORMED']);
    expect(await names([{ ...log4j, crc: 1 }])).toEqual(['MALFORMED']);
  });

  it('that are encrypted or packed in an unknown way make the inventory partial', async () => {
    expect(await names([{ ...log4j, flags: 1 }])).toEqual(['UNSUPPORTED']);
    expect(await names([{ ...log4j, method: 14 }])).toEqual(['UNSUPPORTED']);
    expect(await names([pom('g', 'a', '1'), { ...code, flags: 1 }])).toEqual([]);
  });

  it('with entries that share bytes are refused', async () => {
    expect(await names([log4j, { ...log4j, name: 'other', overlaps: 0 }])).toEqual(['MALFORMED']);
  });

  it('with one name twice are read twice', async () => {
    expect(
      shown(await inJar(packZip([log4j, { ...pom('g', 'a', '1'), name: log4j.name }]))),
    ).toHaveLength(2);
  });

  it('that are not archives, or are cut anywhere, make the inventory partial', async () => {
    const whole = packZip([log4j, code]);
    for (let length = 0; length < whole.length; length++) {
      expect((await inJar(whole.subarray(0, length))).outcome).toBe('partial');
    }
    expect((await inJar(Buffer.concat([whole, Buffer.from('x')]))).outcome).toBe('partial');
  });
});

describe('limits of archives', () => {
  const nested = (depth: number): Buffer => {
    let bytes = packZip([log4j, code]);
    for (let at = 1; at < depth; at++) bytes = packZip([{ name: 'n.jar', text: bytes }]);
    return bytes;
  };

  it('nesting is read up to its limit; deeper archives make the inventory partial', async () => {
    expect(await inJar(nested(LIMITS.archiveDepthMax))).toMatchObject({
      outcome: 'complete',
      components: [{ version: '2.12.3' }],
    });
    expect(codes(await inJar(nested(LIMITS.archiveDepthMax + 1)))).toEqual(['LIMIT_EXCEEDED']);
  });

  it('entries are counted over all nested archives, and limited', async () => {
    const empty = (count: number): MadeMember[] =>
      Array.from({ length: count }, (_, at) => ({ name: String(at), text: '', stored: true }));
    const jars = (count: number): Buffer =>
      packZip([
        ...Array.from({ length: 3 }, (_, at) => ({
          name: `${at}.jar`,
          text: packZip(empty(50_000)),
        })),
        { name: '3.jar', text: packZip(empty(count)) },
      ]);
    expect(codes(await inJar(jars(50_000 - 4)))).toEqual([]);
    expect(codes(await inJar(jars(50_000 - 3)))).toEqual(['LIMIT_EXCEEDED']);
  });

  it('the unpacked size is limited, however often archives are nested', async () => {
    const zeros = Buffer.alloc(200 * 1024 * 1024);
    const bomb = packZip(['a.jar', 'b.jar', 'c.jar'].map((name) => ({ name, text: zeros })));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(codes(await inJar(bomb))).toEqual(['MALFORMED', 'MALFORMED', 'LIMIT_EXCEEDED']);
  });

  it('pom.properties are read up to a megabyte', async () => {
    const padded = (length: number): MadeMember => ({
      ...log4j,
      text: `${log4j.text}#`.padEnd(length, 'x'),
    });
    expect(shown(await inJar(packZip([padded(1024 * 1024)])))).toHaveLength(1);
    expect(codes(await inJar(packZip([padded(1024 * 1024 + 1)])))).toEqual(['LIMIT_EXCEEDED']);
  });
});

describe('any bytes', () => {
  it('give an answer or a Failure, never another error', () => {
    const seed = packZip([
      log4j,
      { name: 'n.jar', text: packZip([log4j]) },
      { name: 'META-INF/MANIFEST.MF', text: 'A: b\r\n c\r\n' },
    ]);
    const change = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), change), (input) => {
        const bytes = input instanceof Uint8Array ? input : Buffer.from(seed);
        if (Array.isArray(input)) for (const [at, byte] of input) bytes[at] = byte;
        for (const { cause } of javaArchive.extract({ path: 'x.jar', bytes }).skips) {
          expect(cause).toBeInstanceOf(Failure);
          expect(cause.code).not.toBe('INTERNAL');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
