import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { rpmScheme } from '../../src/capabilities/ecosystems/rpm/version-order.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { peer } from '../support/peer.ts';

const [rpm, rpmbuild] = ['rpm', 'rpmbuild'].map(peer);
const scratch = mkdtempSync(join(tmpdir(), 'waybill-rpm-'));
const at = (name: string): string => join(scratch, name);
const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: scratch,
  });

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Spec {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly licence: string;
  readonly requires?: string;
  readonly module?: string;
}

const SPECS: readonly Spec[] = [
  { name: 'tool', version: '1.0', release: '1.el9', licence: 'MIT' },
  { name: 'openssl-libs', version: '3.0.7', release: '18.el9_2', epoch: 1, licence: 'ASL 2.0' },
  {
    name: 'nodejs',
    version: '18.18.2',
    release: '2.module_el9.3.0+1+a',
    epoch: 1,
    licence: 'MIT and BSD',
    module: 'nodejs:18:9030020231019152822:rhel9',
  },
  { name: 'user', version: '2~rc1', release: '0.1^git1', licence: 'GPLv2+', requires: 'tool' },
];

function writeSpec({ name, version, release, epoch, licence, requires, module }: Spec): string {
  const path = at(`specs/${name}.spec`);
  mkdirSync(dirname(path), { recursive: true });
  const lines = [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
    'Summary: x',
    `License: ${licence}`,
    'Vendor: AlmaLinux',
    ...(module === undefined ? [] : [`ModularityLabel: ${module}`]),
    ...(requires === undefined ? [] : [`Requires: ${requires}`]),
    'BuildArch: noarch',
    '%description\nx',
    `%install\nmkdir -p %{buildroot}/usr/bin %{buildroot}/etc\nprintf '%s' '#!/bin/sh ${name}' > %{buildroot}/usr/bin/${name}`,
    `echo c > %{buildroot}/etc/${name}.conf`,
    `%files\n/usr/bin/${name}\n%config /etc/${name}.conf`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A root file system with the packages, whose database rpm itself wrote. */
function buildRoot(): string {
  const root = at('root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/os-release'), 'ID="almalinux"\nVERSION_ID="9.3"\n');
  for (const spec of SPECS)
    run(rpmbuild ?? '', '-bb', '--nodeps', '--define', `_topdir ${at('build')}`, writeSpec(spec));
  const files = run('find', at('build/RPMS'), '-name', '*.rpm').trim().split('\n');
  const install = ['--root', root, '--dbpath', '/var/lib/rpm', '-i', '--nodeps', '--noscripts'];
  run(rpm ?? '', ...install, '--ignoreos', '--ignorearch', ...files);
  return root;
}

describe.skipIf(rpm === null || rpmbuild === null)(
  'B2 B15: packages that rpm itself installed',
  () => {
    it('are exactly those of rpm -qa, with epoch, source, licence and module', async () => {
      const root = buildRoot();
      const fields = [
        'NAME',
        'EPOCHNUM',
        'VERSION',
        'RELEASE',
        'ARCH',
        'SOURCERPM',
        'MODULARITYLABEL',
      ];
      const format = `${fields.map((field) => `%{${field}}`).join('\t')}\n`;
      const expected = run(
        rpm ?? '',
        '--root',
        root,
        '--dbpath',
        '/var/lib/rpm',
        '-qa',
        '--qf',
        format,
      );
      const tree = orThrow(openFileTree(root));
      const { components, outcome, skips, unexplained } = await inventoryTree(tree, 'rootfs', {
        target: 'root-file-system',
      });
      expect([outcome, skips]).toEqual(['complete', []]);
      const listed = components.map(({ name, version, purl, source }) => {
        const [, epoch = '0', build = ''] = /^(?:([0-9]+):)?(.*)$/.exec(version) ?? [];
        const [ver = '', release = ''] = build.split(/-(?=[^-]*$)/);
        const module = /rpmmod=([^&]+)/.exec(purl)?.[1] ?? '(none)';
        const arch = /arch=([^&]+)/.exec(purl)?.[1];
        const sourceBuild = source?.version.replace(/^[0-9]+:/, '');
        return [
          name,
          epoch,
          ver,
          release,
          arch,
          `${source?.name}-${sourceBuild}.src.rpm`,
          decodeURIComponent(module),
        ].join('\t');
      });
      expect(listed.sort()).toEqual(expected.trim().split('\n').sort());
      expect(components.find(({ name }) => name === 'user')?.dependsOn).toEqual([
        components.find(({ name }) => name === 'tool')?.purl,
      ]);
      expect(components.map(({ licenses }) => licenses)).not.toContainEqual([]);
      // Everything else is the database itself, and os-release.
      expect(unexplained?.executables).toBe(0);
    }, 300_000);

    // All characters that rpm orders; each version has the same release.
    const piece = fc.constantFrom('0', '1', '10', '007', '.', '~', '^', 'a', 'rc', 'B', '_', '+');
    const version = fc
      .array(piece, { minLength: 1, maxLength: 6 })
      .map((parts) => `1${parts.join('')}-1`);

    it('D15: are ordered as rpm.vercmp orders them', () => {
      const versions = fc.sample(fc.tuple(version, version), { numRuns: 200, seed: 42 });
      const script = versions
        .map(([one, other]) => `print(rpm.vercmp('${one}', '${other}') .. ' ')`)
        .join('\n');
      const said = run(rpm ?? '', '--eval', `%{lua:${script}}`)
        .trim()
        .split(' ')
        .map(Number);
      const ours = versions.map(([one, other]) =>
        Math.sign(rpmScheme.compare(one, other) ?? Number.NaN),
      );
      expect(ours).toEqual(said);
    });
  },
);
