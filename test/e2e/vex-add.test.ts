import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';

const IDENTITY = 'CN=security,O=shop,ST=WA,C=US';
const TZDATA = 'pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1?distro=debian-12';
const REASON = ['--justification', 'vulnerable_code_not_in_execute_path'];
const AUTHOR = ['--author', 'security@example.com', '--namespace', 'https://shop.example.com'];
const SAYS = ['--status', 'not_affected', ...REASON, ...AUTHOR];

let scene: Scene;
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-vex-add-'));
  line = new CommandHere(folder);
  const put = (path: string, value: object) =>
    writeFileSync(join(folder, path), JSON.stringify(value));
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }];
  const affected = [{ package: { ecosystem: 'Debian:12', name: 'tzdata' }, ranges }];
  put('osv.json', { id: 'EX-2026-1', modified: '2026-01-01T00:00:00Z', affected });
  const component = {
    ...{ type: 'library', 'bom-ref': 'tz', name: 'tzdata', version: '2024a-0+deb12u1' },
    purl: TZDATA,
  };
  put('sbom.json', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [component] });
  await line.output('advisories', 'import', 'osv.json', '--covers', 'Debian');
  await line.output('key', 'generate', '--subject', IDENTITY);
  await line.output('key', 'generate', 'other', '--subject', 'CN=other,O=shop,ST=WA,C=US');
  trust();
});
afterAll(async () => {
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The default key signs files, and may state VEX about shop; the other one may not. */
function trust(): void {
  const store = join(line.home, 'notation/truststore/x509/ca/shop');
  mkdirSync(store, { recursive: true });
  for (const name of ['default', 'other'])
    cpSync(join(line.home, `keys/${name}.root.crt`), join(store, `${name}.crt`));
  const rest = {
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:shop'],
    trustedIdentities: [`x509.subject: ${IDENTITY}`, 'x509.subject: CN=other,O=shop,ST=WA,C=US'],
  };
  const write = (name: string, one: object) =>
    writeFileSync(
      join(line.home, 'notation', name),
      JSON.stringify({ version: '1.0', trustPolicies: [{ name: 'all', ...rest, ...one }] }),
    );
  write('trustpolicy.blob.json', { globalPolicy: true });
  write('trustpolicy.json', { registryScopes: ['*'] });
  const signers = [{ identity: IDENTITY, trustStore: 'ca:shop' }];
  const repositories = [`${scene.registry.registry}/shop/*`];
  const rules = [{ id: 'shop', repositories, statements: ['image', 'vex'], signers }];
  const metadata = { name: 't', revision: 1 };
  const document = { apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata, rules };
  writeFileSync(join(line.home, 'trust.yaml'), JSON.stringify(document));
}

interface Answer {
  readonly targets: readonly {
    readonly report: {
      readonly findings: readonly {
        readonly status: string;
        readonly vex: { readonly author: string; readonly justification: string } | null;
      }[];
    };
  }[];
}

async function scan(target: string, ...more: readonly string[]) {
  const args = ['scan', target, '--allow-partial', ...more];
  const { code, answer } = await line.json<Answer>(...args);
  const [finding] = answer.targets[0]?.report.findings ?? [];
  return [code, finding?.status, finding?.vex?.author];
}

describe('waybill vex add', () => {
  it.each(['openvex', 'csaf', 'cyclonedx'])(
    'B3: writes %s that is signed, and takes the finding away',
    async (format) => {
      const file = `${format}.json`;
      const made = ['--format', format, '--to', file, '--component', 'pkg:deb/debian/tzdata'];
      await line.output('vex', 'add', 'EX-2026-1', ...SAYS, ...made);
      expect(await scan('sbom:sbom.json')).toEqual([1, 'affected', undefined]);
      expect(await scan('sbom:sbom.json', '--vex', file)).toEqual([
        0,
        'not_affected',
        'security@example.com',
      ]);
      const again = await line.run('vex', 'add', 'EX-2026-1', ...SAYS, ...made);
      expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('would be lost')]);
    },
  );

  it('B3: attaches to the image, and counts of a signer who may state it', async () => {
    await scene.push('vexed', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    const image = `${scene.registry.registry}/shop/vexed:1.0`;
    const about = ['--component', 'pkg:deb/debian/tzdata'];
    const { answer: strange } = await line.json<{ readonly standing: string }>(
      ...['vex', 'add', 'EX-2026-1', image, ...SAYS, ...about, '--key', 'other'],
    );
    expect(strange.standing).toBe('does-not-count');
    expect((await scan(image))[1]).toBe('affected');
    const { answer } = await line.json<{ readonly standing: string }>(
      ...['vex', 'add', 'EX-2026-1', image, ...SAYS, ...about],
    );
    expect(answer.standing).toBe('counts');
    expect((await scan(image))[1]).toBe('not_affected');
  });

  it('B3: adds to a document that is signed by who may state it, and signs it again', async () => {
    const pad = ['--component', 'pkg:npm/left-pad'];
    const add = (...args: readonly string[]) => line.run('vex', 'add', ...args);
    await line.output('vex', 'add', 'EX-2026-9', ...SAYS, ...pad, '--to', 'grown.json');
    const about = ['--component', 'pkg:deb/debian/tzdata', '--into', 'grown.json'];
    expect((await scan('sbom:sbom.json', '--vex', 'grown.json'))[1]).toBe('affected');
    expect(await add('EX-2026-1', ...SAYS, ...about)).toMatchObject({ code: 0 });
    expect((await scan('sbom:sbom.json', '--vex', 'grown.json'))[1]).toBe('not_affected');
    const back = ['--status', 'affected', '--action', 'Upgrade.', ...AUTHOR, ...about];
    const { answer } = await line.json<{ readonly supersedes: readonly object[] }>(
      ...['vex', 'add', 'EX-2026-1', ...back],
    );
    expect(answer.supersedes).toMatchObject([{ status: 'not_affected' }]);
    expect((await scan('sbom:sbom.json', '--vex', 'grown.json'))[1]).toBe('affected');
    // Nothing of what is refused changes the file.
    const bytes = readFileSync(join(folder, 'grown.json'));
    const refused: readonly (readonly string[])[] = [
      [...SAYS, ...about, '--to', 'other.json'],
      [...SAYS, ...about, '--format', 'csaf'],
      ['--status', 'fixed', '--author', 'me', ...about],
    ];
    for (const args of refused)
      expect([args, (await add('EX-2026-1', ...args)).code]).toEqual([args, 2]);
    expect(readFileSync(join(folder, 'grown.json'))).toEqual(bytes);
    // Who signs a document states all of it: one of nobody, and one of a stranger, is left alone.
    await line.output(
      'vex',
      'add',
      'EX-2026-9',
      ...SAYS,
      ...pad,
      '--to',
      's.json',
      '--key',
      'other',
    );
    writeFileSync(join(folder, 'bare.json'), bytes);
    for (const file of ['s.json', 'bare.json']) {
      const { code, stderr } = await add('EX-2026-1', ...SAYS, ...pad, '--into', file);
      expect([file, code, stderr]).toEqual([file, 3, expect.stringContaining('EVIDENCE_REJECTED')]);
    }
  });

  it('B3: what cannot be said is refused, and nothing is written', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const pad = ['--component', 'pkg:npm/left-pad'];
    const to = ['--to', 'refused.json'];
    const refused: readonly (readonly string[])[] = [
      ['--status', 'not_affected', ...AUTHOR, ...pad],
      ['--status', 'affected', ...AUTHOR, ...pad],
      [...SAYS],
      [...SAYS, '--image', digest, ...pad, '--format', 'cyclonedx'],
      [...SAYS, '--component', 'left-pad'],
      ['--status', 'fixed', '--author', 'two\nlines', ...pad],
      ['--status', 'fixed', '--author', 'x'.repeat(1_001), ...pad],
      ['--status', 'fixed', '--author', 'me', ...pad, '--format', 'csaf'],
      ['--status', 'fixed', '--author', 'me', ...pad, '--namespace', 'nowhere'],
    ];
    for (const args of refused) {
      const { code, stderr } = await line.run('vex', 'add', 'EX-2026-1', ...args, ...to);
      expect([code, stderr], args.join(' ')).toEqual([expect.any(Number), expect.anything()]);
      expect(code, args.join(' ')).toBeGreaterThan(1);
    }
    for (const name of ['EX-1; echo', 'EX 1', '-EX', 'É-1', '']) {
      const said = ['--status', 'fixed', '--author', 'me', ...pad, ...to];
      expect((await line.run('vex', 'add', name, ...said)).code, name).toBe(2);
    }
    expect(existsSync(join(folder, 'refused.json'))).toBe(false);
    const longest = ['--status', 'fixed', '--author', 'x'.repeat(1_000), ...pad, ...to];
    const odd = [...SAYS, '--component', 'left-pad', ...to];
    const asked = await line.run('vex', 'add', 'EX-2026-1', ...odd);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--component')]);
    expect((await line.run('vex', 'add', 'EX-2026-1', ...longest)).code).toBe(0);
  });
});
