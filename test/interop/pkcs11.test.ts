import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPkcs11Keys } from '../../src/adapters/keys-pkcs11/index.ts';
import { describeSigningKeys } from '../../src/capabilities/signing/keys/signing-keys.contract.ts';
import { orThrow } from '../../src/core/result.ts';
import { certifyKey as certify, runTool as must } from '../support/certify-key.ts';
import { CommandLine } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const PIN = '98765432';
const softhsm = peer('softhsm2-util');
const tool = peer('pkcs11-tool');
const swtpm = peer('swtpm');
const ptool = peer('tpm2_ptool');
const manager = peer('tpm2-abrmd');
/** Of util-linux: it gives a program a terminal. */
const terminalProgram = peer('script') ?? '';

describe.skipIf(softhsm === null || tool === null)('B19, I12: a key in SoftHSM', () => {
  const module = '/usr/lib/softhsm/libsofthsm2.so';
  const folder = mkdtempSync(join(tmpdir(), 'waybill-softhsm-'));
  const conf = join(folder, 'softhsm.conf');
  const pin = join(folder, 'pin');
  const env = { SOFTHSM2_CONF: conf, PATH: process.env['PATH'], HOME: folder };
  const chains = new Map<string, string>();
  const KINDS = [
    'EC:prime256v1',
    'EC:secp384r1',
    'EC:secp521r1',
    'rsa:2048',
    'rsa:3072',
    'rsa:4096',
  ];
  const toLabel = (kind: string) => kind.replace(':', '-').toLowerCase();

  beforeAll(async () => {
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(conf, `directories.tokendir = ${join(folder, 'tokens')}\n`);
    writeFileSync(pin, `${PIN}\n`, { mode: 0o600 });
    const init = [
      '--init-token',
      '--free',
      '--label',
      'release token',
      '--so-pin',
      '1234',
      '--pin',
    ];
    await must('softhsm2-util', [...init, PIN], env);
    const token = ['--module', module, '--token-label', 'release token'];
    for (const kind of KINDS) {
      const file = join(folder, `${toLabel(kind)}.der`);
      if (kind === 'EC:prime256v1') {
        const login = ['--login', '--pin', PIN, '--keypairgen', '--usage-sign', '--key-type', kind];
        await must(
          'pkcs11-tool',
          [...token, ...login, '--label', toLabel(kind), '--id', '0a'],
          env,
        );
        const read = ['--read-object', '--type', 'pubkey', '--label', toLabel(kind), '-o', file];
        await must('pkcs11-tool', [...token, ...read], env);
      } else await importKey(kind, file);
      chains.set(kind, await certify(folder, toLabel(kind), file));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** OpenSC 0.23 does not read public keys on P-384 and P-521, so these come from outside. */
  async function importKey(kind: string, file: string): Promise<void> {
    const [type = '', size = ''] = kind.split(':');
    const option = type === 'EC' ? `ec_paramgen_curve:${size}` : `rsa_keygen_bits:${size}`;
    const pem = `${file}.pem`;
    const make = ['genpkey', '-algorithm', type, '-pkeyopt', option, '-out', pem];
    await must('openssl', make, {});
    await must('openssl', ['pkey', '-in', pem, '-pubout', '-outform', 'DER', '-out', file], {});
    const id = Buffer.from(kind).toString('hex');
    const where = ['--token', 'release token', '--label', toLabel(kind), '--id', id, '--pin', PIN];
    await must('softhsm2-util', ['--import', pem, ...where], env);
  }

  const locate = (kind: string, chain = chains.get(kind)) =>
    `token=release%20token;object=${toLabel(kind)}?module-path=${module}` +
    `&pin-source=${pin}&chain=${chain ?? ''}`;

  describe.each(KINDS)('%s', (kind) => {
    describeSigningKeys(`SoftHSM, ${kind}`, () => ({
      keys: openPkcs11Keys(env, () => Promise.resolve(null)),
      good: locate(kind),
      mismatched: locate(kind, chains.get(kind === 'rsa:2048' ? 'rsa:3072' : 'rsa:2048')),
      absent: locate(kind).replace(/object=[^?]*/, 'object=absent'),
    }));
  });

  it('signs a file with the certificate that is on the token', async () => {
    const kind = 'EC:prime256v1';
    const leaf = join(folder, 'leaf.der');
    const from = ['x509', '-in', chains.get(kind) ?? '', '-outform', 'DER', '-out', leaf];
    await must('openssl', from, {});
    const write = ['--write-object', leaf, '--type', 'cert', '--label', toLabel(kind)];
    const token = ['--module', module, '--token-label', 'release token', '--login', '--pin', PIN];
    await must('pkcs11-tool', [...token, ...write], env);
    const issuers = join(folder, `${toLabel(kind)}-root.crt`);
    const key = orThrow(await openPkcs11Keys(env).open(locate(kind, issuers)));
    expect(key.chain).toHaveLength(2);
    expect(await key.sign(Buffer.from('a'))).toHaveLength(64);
  });

  it('asks a person for the PIN on a terminal, and shows nothing of it', async () => {
    const waybill = new CommandLine(folder);
    writeFileSync(join(folder, 'chart.tgz'), 'a chart');
    const uri = locate('EC:prime256v1').replace(/&pin-source=[^&]*/, '');
    const words = waybill.words('sign', join(folder, 'chart.tgz'), '--key', `pkcs11:${uri}`);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const terminal = spawn(terminalProgram, ['-qefc', quoted, '/dev/null'], {
      env: { ...env, WAYBILL_HOME: waybill.home, TERM: 'xterm' },
    });
    let seen = '';
    terminal.stdout.on('data', (piece: Buffer) => {
      seen += piece.toString();
      if (seen.endsWith('PIN of the token "release token": ')) terminal.stdin.write(`${PIN}\r`);
    });
    const code = await new Promise((done) => terminal.on('close', done));
    expect(seen).not.toContain(PIN);
    expect([code, seen]).toEqual([0, expect.stringContaining('signed ')]);
  });
});

const hasTpm = ![swtpm, ptool, tool, manager].includes(null);

describe.skipIf(!hasTpm)('B19: a key in a TPM 2.0', () => {
  const module = '/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so';
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tpm-'));
  const port = 20_000 + (process.pid % 10_000);
  const tcti = 'tabrmd:bus_type=session';
  const bus = `unix:path=${join(folder, 'bus')}`;
  const env = {
    ...{ PATH: process.env['PATH'], HOME: folder, TPM2_PKCS11_STORE: join(folder, 'store') },
    ...{ TPM2_PKCS11_TCTI: tcti, TPM2TOOLS_TCTI: tcti, DBUS_SESSION_BUS_ADDRESS: bus },
  };
  const pin = join(folder, 'pin');
  const running: ChildProcess[] = [];
  let chain = '';

  async function start(program: string, ...args: readonly string[]): Promise<void> {
    running.push(spawn(program, args, { env, stdio: 'ignore' }));
    await new Promise((done) => setTimeout(done, 1_000));
  }

  beforeAll(async () => {
    for (const name of ['state', 'store']) mkdirSync(join(folder, name));
    writeFileSync(pin, PIN, { mode: 0o600 });
    const server = (at: number) => `type=tcp,port=${at},bindaddr=127.0.0.1`;
    const flags = ['--flags', 'not-need-init,startup-clear', '--tpmstate'];
    const at = ['--server', server(port), '--ctrl', server(port + 1)];
    await start('swtpm', 'socket', '--tpm2', ...flags, `dir=${join(folder, 'state')}`, ...at);
    // What the kernel does for a real TPM, which has room for a few keys only.
    await start('dbus-daemon', '--session', '--nofork', `--address=${bus}`);
    const device = ['--tcti', `swtpm:host=127.0.0.1,port=${port}`];
    await start('tpm2-abrmd', '--allow-root', '--session', ...device);
    await must('tpm2_ptool', ['init'], env);
    const token = ['--pid=1', '--label=tpm', '--userpin', PIN, '--sopin', '1234'];
    await must('tpm2_ptool', ['addtoken', ...token], env);
    const key = ['--algorithm=ecc256', '--label=tpm', '--key-label=release', '--userpin', PIN];
    await must('tpm2_ptool', ['addkey', ...key], env);
    const file = join(folder, 'public.der');
    const read = ['--read-object', '--type', 'pubkey', '--label', 'release', '-o', file];
    await must('pkcs11-tool', ['--module', module, '--token-label', 'tpm', ...read], env);
    chain = await certify(folder, 'tpm', file);
  });
  afterAll(() => {
    for (const one of running.reverse()) one.kill();
    rmSync(folder, { recursive: true });
  });

  const locate = (change: { object?: string; file?: string } = {}) =>
    `token=tpm;object=${change.object ?? 'release'}?module-path=${module}` +
    `&pin-source=${pin}&chain=${change.file ?? chain}`;

  describeSigningKeys('swtpm', async () => {
    const other = join(folder, 'other.der');
    const key = ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out'];
    await must('openssl', [...key, `${other}.pem`], {});
    const out = ['pkey', '-in', `${other}.pem`, '-pubout', '-outform', 'DER', '-out', other];
    await must('openssl', out, {});
    return {
      keys: openPkcs11Keys(env, () => Promise.resolve(null)),
      good: locate(),
      mismatched: locate({ file: await certify(folder, 'other', other) }),
      absent: locate({ object: 'absent' }),
    };
  });
});
