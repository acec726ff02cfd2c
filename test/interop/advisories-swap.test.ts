import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../tools/process.ts';
import { CommandLine } from '../support/command-line.ts';
import { makeRecord, OsvMirror } from '../support/osv-mirror.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-swap-'));
const JAN = '2026-01-01T00:00:00Z';
let line: CommandLine;
let mirror: OsvMirror;

beforeAll(async () => {
  line = new CommandLine(folder);
  mirror = await OsvMirror.start();
  mirror.put('ecosystems.txt', 'npm\n');
  const component = { type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' };
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [component] };
  writeFileSync(join(folder, 'sbom.json'), JSON.stringify(bom));
});
afterAll(async () => {
  await line.close();
  await mirror.close();
  rmSync(folder, { recursive: true, force: true });
});

/** All records of one state say the same number, so a mixture would show. */
const publish = (state: number): void =>
  mirror.publish(
    'npm',
    [1, 2, 3].map((id) =>
      makeRecord(`GHSA-${id}`, new Date(Date.parse(JAN) + state * 1000).toISOString(), {
        aliases: [`CVE-2026-${id}0${state}`],
      }),
    ),
  );

const update = () =>
  line.run('advisories', 'update', '--from', mirror.url, '--ecosystem', 'npm', '--format', 'json');

interface Scan {
  readonly targets: readonly {
    readonly report: {
      readonly findings: readonly { readonly id: string }[];
      readonly data: { readonly version: string };
    };
  }[];
}

/** The states that the findings of a scan are from, and the version of its data. */
async function scan(): Promise<{ readonly states: string; readonly version: string }> {
  const { stdout, stderr } = await line.run(
    ...['scan', 'sbom.json', '--fail-on', 'never', '--allow-partial', '--format', 'json'],
  );
  if (stdout === '') throw new Error(stderr);
  const report = (JSON.parse(stdout) as Scan).targets[0]?.report;
  const states = new Set(report?.findings.map(({ id }) => id.slice(-1)));
  const count = report?.findings.length ?? 0;
  return { states: `${count} of ${[...states].join()}`, version: report?.data.version ?? '' };
}

describe('A21: eight processes read while the index is swapped', () => {
  it('each sees one state whole, and the last one at the end', { timeout: 240_000 }, async () => {
    publish(1);
    expect(await update()).toMatchObject({ code: 0 });
    let isOver = false;
    const seen: string[] = [];
    const byVersion = new Map<string, Set<string>>();
    const read = async (): Promise<void> => {
      while (!isOver) {
        const { states, version } = await scan();
        seen.push(states);
        byVersion.set(version, (byVersion.get(version) ?? new Set()).add(states));
      }
    };
    const readers = Array.from({ length: 8 }, read);
    for (let state = 2; state <= 5; state++) {
      publish(state);
      expect(await update()).toMatchObject({ code: 0 });
    }
    isOver = true;
    await Promise.all(readers);
    expect(seen.length).toBeGreaterThan(8);
    expect([...new Set(seen)].filter((states) => !/^3 of [1-5]$/.test(states))).toEqual([]);
    // One version names one state of the data.
    expect([...byVersion.values()].every((states) => states.size === 1)).toBe(true);
    expect((await scan()).states).toBe('3 of 5');
    expect(readdirSync(line.home).filter((name) => name.includes('.import-'))).toEqual([]);
  });
});

describe('A21: a full disk', () => {
  it('ends an update with the reason, and the old index keeps serving', async ({ skip }) => {
    const disk = mkdtempSync(join(folder, 'disk-'));
    const options = ['-t', 'tmpfs', '-o', 'size=3m', 'none', disk];
    const mounted = await run('mount', options).catch(() => ({ code: 1 }));
    if (mounted.code !== 0) {
      console.warn('skipped: only root can mount a small disk');
      skip();
    }
    const small = new CommandLine(disk);
    try {
      publish(1);
      const from = ['--from', mirror.url, '--ecosystem', 'npm', '--without-exploitation'];
      const words = ['advisories', 'update', ...from];
      expect(await small.run(...words)).toMatchObject({ code: 0 });
      const before = await small.output('advisories', 'info', '--verify', '--format', 'json');
      const text = 'x'.repeat(40_000);
      mirror.publish(
        'npm',
        Array.from({ length: 400 }, (_, id) =>
          makeRecord(`GHSA-${id}`, '2026-02-01T00:00:00Z', {
            details: `${id} ${text.replaceAll('x', () => Math.random().toString(36).slice(2, 3))}`,
          }),
        ),
      );
      const full = await small.run(...words);
      expect(full).toMatchObject({ code: expect.any(Number) });
      expect(full.code).toBeGreaterThan(1);
      expect(full.stderr).toContain('DISK_FULL');
      const after = await small.output('advisories', 'info', '--verify', '--format', 'json');
      expect(JSON.parse(after)).toEqual(JSON.parse(before));
      // Nothing of the failed one is left that would keep the disk full.
      publish(3);
      expect(await small.run(...words)).toMatchObject({ code: 0 });
    } finally {
      await small.close();
      await run('umount', [disk]);
    }
  });
});
