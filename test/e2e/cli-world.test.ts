import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../tools/process.ts';
import { commandFile } from '../support/command-file.ts';
import { CommandLine } from '../support/command-line.ts';
import { advisoryText, sbomText } from '../support/evidence-load.ts';
import { buildDeepLock } from '../support/hostile-lock.ts';
import { shell } from '../support/shell.ts';

/** Failures of the system: full disks, held locks, folders without write permission, Ctrl-C. */
let folder: string;
let line: CommandLine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-world-'));
  line = new CommandLine(folder);
  writeFileSync(join(folder, 'app.json'), sbomText(1));
  writeFileSync(join(folder, 'few.ndjson'), `${advisoryText(1)}\n${advisoryText(2)}\n`);
});
afterEach(async () => {
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Names of unfinished files below a folder. */
function leftovers(below = folder): readonly string[] {
  const names = readdirSync(below, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /partial|\.tmp|\.import-|-journal$/.test(name));
}

const many = (records: number): string =>
  Array.from({ length: records }, (_, at) => `${advisoryText(at, `ADV-${at}`)}\n`).join('');

describe('a full disk', () => {
  const limited = (script: string) => shell(line, `(ulimit -f 8; ${script}) 2>&1 | cat`);

  it('is reported with its remedy, and leaves no file with a final name', async () => {
    for (const [script, name] of [
      ['waybill sbom app.json --format spdx-json -o out.json', 'out.json'],
      ['waybill advisories import few.ndjson', 'home/advisories.db'],
    ] as const) {
      const { code, stdout } = await limited(script);
      expect([code, existsSync(join(folder, name))]).toEqual([2, false]);
      expect(stdout).toMatch(/\[(DISK_FULL|FILE_UNWRITABLE)\]/);
      expect(stdout).toContain('fix:');
    }
    expect(leftovers()).toEqual([]);
  });

  it('acknowledges only what is stored, and stored documents stay', async () => {
    const first = await line.output(
      'graph',
      'import',
      'app.json',
      '--subject',
      `sha256:${'1'.repeat(64)}`,
    );
    expect(first).toContain('at position 0');
    writeFileSync(join(folder, 'large.json'), sbomText(2).padEnd(400_000));
    const { code, stdout } = await limited('waybill graph import large.json');
    expect(code).toBe(2);
    expect(stdout).not.toContain('at position');
    expect(await line.output('graph', 'verify')).toMatch(/^1 document verified/);
    expect(await line.output('graph', 'import', 'large.json')).toContain('at position 1');
    expect((await line.json<{ equal: boolean }>('graph', 'rebuild')).answer.equal).toBe(true);
  });

  it('leaves no partial key', async () => {
    const { code } = await shell(line, '(ulimit -f 0; waybill key generate ci) 2>&1 | cat');
    expect(code).toBe(2);
    expect(readdirSync(join(line.home, 'keys'))).toEqual([]);
    expect(await line.output('key', 'generate', 'ci')).toContain('key ci');
  });

  it('of 512 KiB that is real is also survived', async (context) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', disk]).catch(
      () => ({ code: 1 }),
    );
    if (mounted.code !== 0) context.skip('only root may mount a small disk, and not everywhere');
    try {
      writeFileSync(join(folder, 'large.ndjson'), many(4_000));
      const imported = await line.run('advisories', 'import', 'large.ndjson', '--home', 'disk');
      expect([imported.code, imported.stderr.includes('[DISK_FULL]')]).toEqual([2, true]);
      expect(existsSync(join(disk, 'advisories.db'))).toBe(false);
      writeFileSync(join(folder, 'large.json'), sbomText(2).padEnd(600_000));
      const recorded = await line.run('graph', 'import', 'large.json', '--home', 'disk');
      expect([recorded.code, recorded.stdout]).toEqual([2, '']);
      const written = await line.run('sbom', 'app.json', '-o', 'disk/app.json');
      expect(written.code === 0 || written.stderr.includes('[DISK_FULL]')).toBe(true);
      expect(leftovers(disk)).toEqual([]);
    } finally {
      await run('umount', [disk]);
    }
  });
});

describe('a folder that may not be written to', () => {
  /** Root may write everywhere, so the commands run as nobody when the tests run as root. */
  async function asOther(
    ...args: readonly string[]
  ): Promise<{ code: number; stderr: string } | null> {
    if (process.getuid?.() !== 0) return line.run(...args);
    const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const words = [...user, process.execPath, commandFile()];
    const options = {
      cwd: folder,
      env: { ...line.env(), WAYBILL_HOME: join(folder, 'locked/home') },
    };
    const probe = await run('setpriv', [...words, '--version'], options).catch(() => null);
    return probe?.code === 0 ? run('setpriv', [...words, ...args], options) : null;
  }

  it.skipIf(process.platform === 'win32')(
    'is reported as an error by every command that writes',
    async (context) => {
      chmodSync(folder, 0o755);
      mkdirSync(join(folder, 'locked'), { mode: 0o555 });
      const home = ['--home', 'locked/home'];
      for (const args of [
        ['graph', 'import', 'app.json', ...home],
        ['advisories', 'import', 'few.ndjson', ...home],
        ['key', 'generate', 'ci', ...home],
        ['sbom', 'app.json', '-o', 'locked/app.json'],
        ['registry', 'serve', 'locked/registry', '--listen', '127.0.0.1:0'],
        ['serve', '--listen', '127.0.0.1:0', ...home],
      ]) {
        const ended = await asOther(...args);
        if (ended === null)
          context.skip(
            'root cannot become another user here, or other users cannot read the bundle',
          );
        else {
          expect(ended.stderr, args.join(' ')).toMatch(
            /\[(FILE_UNWRITABLE|FILE_UNREADABLE|FILE_NOT_FOUND)\]/,
          );
          expect(ended.code).toBe(2);
        }
      }
      expect(readdirSync(join(folder, 'locked'))).toEqual([]);
    },
  );
});

describe('two at once', () => {
  it('imports of advisories wait for each other, and the index has both', async () => {
    writeFileSync(join(folder, 'a.ndjson'), many(2_000).replaceAll('ADV-', 'A-'));
    writeFileSync(join(folder, 'b.ndjson'), many(2_000).replaceAll('ADV-', 'B-'));
    const ended = await Promise.all(
      ['a.ndjson', 'b.ndjson'].map((feed) => line.run('advisories', 'import', feed)),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(
      (await line.json<{ count: number }>('advisories', 'info', '--verify')).answer.count,
    ).toBe(4_000);
    expect(leftovers(line.home)).toEqual([]);
  });

  it('imports into the graph wait for each other, and each has its own position', async () => {
    for (const at of [2, 3, 4]) writeFileSync(join(folder, `${at}.json`), sbomText(at));
    const ended = await Promise.all(
      [2, 3, 4].map((at) => line.run('graph', 'import', `${at}.json`)),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const positions = ended.map(({ stdout }) => /position (\d+)/.exec(stdout)?.[1]).sort();
    expect(positions).toEqual(['0', '1', '2']);
    expect(await line.output('graph', 'verify')).toMatch(/^3 documents verified/);
  });

  it('a locked database is waited for, then reported, and nothing is acknowledged', async () => {
    await line.output('graph', 'import', 'app.json');
    const holder = new DatabaseSync(join(line.home, 'waybill.db'));
    holder.exec('begin immediate');
    writeFileSync(join(folder, '2.json'), sbomText(2));
    const { code, stdout, stderr } = await line.run('graph', 'import', '2.json');
    holder.close();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('[STORE_LOCKED]');
    expect(await line.output('graph', 'import', '2.json')).toContain('at position 1');
  });

  it('an index that is not a database is recognised, and not replaced', async () => {
    writeFileSync(join(line.home, 'advisories.db'), 'not a database');
    const scanned = await line.json<{ error: { code: string } }>('scan', 'app.json');
    expect([scanned.code, scanned.answer.error.code]).toEqual([2, 'STORE_CORRUPT']);
    expect((await line.run('advisories', 'import', 'few.ndjson')).code).toBe(2);
    expect(readFileSync(join(line.home, 'advisories.db'), 'utf8')).toBe('not a database');
    writeFileSync(join(line.home, 'waybill.db'), 'not a database either');
    expect(
      (await line.json<{ error: { code: string } }>('graph', 'status')).answer.error.code,
    ).toBe('STORE_CORRUPT');
  });
});

describe('Ctrl-C', () => {
  let feed: string;
  let feeds: string;
  beforeAll(() => {
    feeds = mkdtempSync(join(tmpdir(), 'waybill-feeds-'));
    feed = join(feeds, 'large.ndjson');
    writeFileSync(feed, many(40_000));
  });
  afterAll(() => rmSync(feeds, { recursive: true, force: true }));

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends an import of advisories with 2: the old index or the whole new one',
    async (signal) => {
      await line.output('advisories', 'import', 'few.ndjson');
      const started = line.spawn('advisories', 'import', feed);
      const begun = () => readdirSync(line.home).some((name) => name.includes('.import-'));
      for (let tries = 0; !begun() && tries < 2_000; tries++) await wait(2);
      started.process.kill(signal);
      const { code, stderr } = await started.ended;
      expect([code, stderr.includes('[INTERRUPTED]')]).toEqual([2, true]);
      expect(
        (await line.json<{ count: number }>('advisories', 'info', '--verify')).answer.count,
      ).toBe(2);
      await line.output('advisories', 'import', 'few.ndjson');
      expect(leftovers(line.home)).toEqual([]);
    },
  );

  it('ends a graph import between two documents, and keeps what it acknowledged', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `${at}.json`);
    for (const [at, name] of names.entries()) writeFileSync(join(folder, name), sbomText(at));
    const started = line.spawn('graph', 'import', ...names);
    started.process.stdout.once('data', () => started.process.kill('SIGINT'));
    const { code, lines, stderr } = await started.ended;
    const verified = Number(/^\d+/.exec(await line.output('graph', 'verify'))?.[0]);
    expect(verified).toBe(lines.length);
    expect(code === 0 ? lines.length === 60 : stderr.includes('[INTERRUPTED]')).toBe(true);
  });

  it.skipIf(process.platform === 'win32')(
    'truth B1: ends a command that only reads at once, also while it hears nothing',
    async () => {
      const path = join(folder, 'mute');
      await run('mkfifo', [path]);
      for (const command of ['sbom', 'scan']) {
        const started = line.spawn(command, 'mute');
        // Opened as soon as the command reads it.
        const pipe = await open(path, 'w');
        started.process.kill('SIGTERM');
        const { stderr } = await started.ended;
        expect([started.process.signalCode, stderr]).toEqual(['SIGTERM', '']);
        await pipe.close();
      }
    },
  );

  it.skipIf(process.platform === 'win32')(
    'truth B1: ends a source gate at once in the middle of a hostile file',
    async () => {
      const shop = join(folder, 'shop');
      mkdirSync(shop);
      for (const [name, text] of Object.entries(buildDeepLock()))
        writeFileSync(join(shop, name), text);
      const policy = await line.output('policy', 'show', '--default');
      writeFileSync(join(line.home, 'policy.yaml'), policy);
      for (const words of [['deps'], ['gate', 'build'], ['fix']]) {
        const started = line.spawn(...words, 'shop');
        // The file alone takes far longer to read; before that, a signal ends the command as well.
        await wait(800);
        started.process.kill('SIGTERM');
        const { stderr } = await started.ended;
        expect([words, started.process.signalCode, stderr]).toEqual([words, 'SIGTERM', '']);
      }
    },
  );

  it.skipIf(process.platform === 'win32')(
    'twice immediately ends a command that waits forever',
    async () => {
      await run('mkfifo', [join(folder, 'endless')]);
      const started = line.spawn('sbom', 'endless', '--output', 'never.json');
      const said = once(started.process.stderr, 'data');
      const asking = setInterval(() => started.process.kill('SIGINT'), 500);
      // on a slow machine the first signal may come too early
      await Promise.race([said, started.ended]);
      const { stderr } = await started.ended;
      clearInterval(asking);
      expect(started.process.signalCode).toBe('SIGINT');
      expect(stderr === '' || stderr.includes('stopping')).toBe(true);
    },
  );
});
