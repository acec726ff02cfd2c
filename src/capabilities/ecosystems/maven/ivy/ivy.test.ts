import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { readLockedTree } from '../../../../../test/support/locked-tree.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import { mavenFixes } from '../fix/fix-maven.ts';
import { readIvyFile } from './ivy-file.ts';

const writeIvy = (dependencies: string, info = '<info organisation="org.shop" module="web"/>') =>
  `<ivy-module version="2.0">\n${info}\n<dependencies>\n${dependencies}\n</dependencies>\n</ivy-module>\n`;
const LANG = '<dependency org="commons-lang" name="commons-lang" rev="2.6"';
const IVY = writeIvy(
  [
    `${LANG} conf="compile->default"/>`,
    '<dependency org="junit" name="junit" rev="4.12" conf="test->default"/>',
    '<dependency name="core" rev="latest.integration"/>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as Ant writes properties
    '<dependency org="log4j" name="log4j" rev="${log4j.version}"/>',
  ].join('\n'),
);
const SETTINGS =
  '<ivysettings><resolvers><chain name="all"><ibiblio name="own" m2compatible="true" ' +
  'root="https://repo.example.com/m2/"/></chain></resolvers></ivysettings>';

describe('B2: what a module file of Ivy requires', () => {
  it('is listed where its revision is one, and what that needs in turn is unknown', async () => {
    const found = await readLockedTree({ 'ivy.xml': IVY });
    expect(found.outcomes).toEqual(['partial', 'partial']);
    expect(found.inventory.components.map(({ purl, development }) => [purl, development])).toEqual([
      ['pkg:maven/commons-lang/commons-lang@2.6', false],
      ['pkg:maven/junit/junit@4.12', true],
    ]);
    const declared = found.dependencies.map(({ name, pinned, registryFrom, place }) => [
      ...[name, pinned, registryFrom],
      `${place.file}:${place.line}`,
    ]);
    expect(declared).toEqual([
      ['commons-lang:commons-lang', 'yes', 'default', 'ivy.xml:4'],
      ['junit:junit', 'yes', 'default', 'ivy.xml:5'],
      ['org.shop:core', 'no', 'default', 'ivy.xml:6'],
      ['log4j:log4j', 'unknown', 'default', 'ivy.xml:7'],
    ]);
  });

  it('is whole where each module is exact and taken without what it needs', async () => {
    const alone = `${LANG} transitive="false"/>`;
    const read = async (text: string) => {
      const { outcome, direct, skips } = await inventoryTree(makeTree({ 'ivy.xml': text }), '.');
      return [outcome, direct?.length ?? 0, skips[0]?.cause.message.includes('Ivy has no lock')];
    };
    expect(await read(writeIvy(alone))).toEqual(['complete', 1, undefined]);
    expect(await read(writeIvy(`${LANG}/>`))).toEqual(['partial', 1, true]);
    const range = writeIvy(alone.replace('2.6', '[2.0,3.0)'));
    expect(await read(range)).toEqual(['partial', 0, true]);
    const unnamed = writeIvy(`${alone}<dependency org="x y" name="z" rev="1" transitive="false"/>`);
    expect(await read(unnamed)).toEqual(['partial', 1, true]);
    const info = '<info organisation="o" module="m"><extends module="parent"/></info>';
    expect(await read(writeIvy(alone, info))).toEqual(['partial', 1, true]);
  });

  it('B10: comes from the one resolver that its settings name', async () => {
    const found = await readLockedTree({ 'ivy.xml': IVY, 'ivysettings.xml': SETTINGS });
    const origins = found.dependencies.map(({ registry, registryFrom }) => [
      registry,
      registryFrom,
    ]);
    expect(new Set(origins.map(String))).toEqual(new Set(['repo.example.com/m2,configured']));
    const two = SETTINGS.replace('</chain>', '<ibiblio name="central"/></chain>');
    const several = await readLockedTree({ 'ivy.xml': IVY, 'ivysettings.xml': two });
    expect(several.dependencies[0]).toMatchObject({ registry: null, registryFrom: 'configured' });
  });

  it('B14: gets a safe revision where it is written', async () => {
    const { dependencies } = await readLockedTree({ 'ivy.xml': IVY });
    const bytes = Buffer.from(IVY);
    const plan = mavenFixes.plan({
      dependencies,
      files: new Map([['ivy.xml', { bytes, text: IVY }]]),
      isAsked: ({ name }: { name: string }) => name.startsWith('commons'),
      findRemedy: () => ({ safe: '2.7', findings: ['CVE-2025-1'] }),
    } as unknown as Parameters<typeof mavenFixes.plan>[0]);
    const [edit] = plan.edits.get('ivy.xml') ?? [];
    expect([IVY.slice(edit?.start, edit?.end), edit?.text]).toEqual(['2.6', '2.7']);
  });

  it('throws nothing, whatever the bytes, and at every cut', () => {
    for (let end = 0; end < IVY.length; end++)
      expect(() => readIvyFile('ivy.xml', Buffer.from(IVY.slice(0, end)))).not.toThrow();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readIvyFile('ivy.xml', bytes)));
    const deep = `<ivysettings>${'<resolvers>'.repeat(50_000)}`;
    expect(readIvyFile('ivysettings.xml', Buffer.from(deep)).ok).toBe(false);
  });
});
