import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from '../support/peer.ts';

const WAYBILL = resolve(import.meta.dirname, '../../bin/waybill.js');
let top: string;
let work: string;

const env = () => ({
  PATH: process.env['PATH'] ?? '',
  HOME: top,
  GNUPGHOME: join(top, 'gnupg'),
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C',
});

function run(cwd: string, program: string, ...args: readonly string[]) {
  const ended = spawnSync(program, args, { cwd, env: env(), encoding: 'utf8', timeout: 120_000 });
  return { code: ended.status, out: ended.stdout, said: `${ended.stdout}${ended.stderr}` };
}
function must(cwd: string, program: string, ...args: readonly string[]): string {
  const ended = run(cwd, program, ...args);
  expect(ended.code, `${program} ${args.join(' ')}: ${ended.said}`).toBe(0);
  return ended.out.trim();
}
const git = (...args: readonly string[]): string => must(work, 'git', ...args);
const gpg = (...args: readonly string[]): string => must(top, 'gpg', '--batch', '--yes', ...args);

function makeKey(user: string, kind: string, expires = 'never'): string {
  gpg('--passphrase', '', '--quick-gen-key', user, kind, 'sign', expires);
  const listed = gpg('--with-colons', '--list-keys', user);
  return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? '';
}

interface Verdict {
  readonly code: number | null;
  readonly reasons: readonly (string | null)[];
}
function verify(rev: string, ...args: readonly string[]): Verdict {
  const asked = [WAYBILL, 'commit', 'verify', rev, ...args, '--format', 'json'];
  const { code, out, said } = run(work, process.execPath, ...asked);
  const answer = out.startsWith('{') ? JSON.parse(out) : { tags: [], commits: [] };
  const all = [...answer.tags, ...answer.commits] as { reason: { code: string } | null }[];
  return { code, reasons: all.length === 0 ? [said] : all.map((one) => one.reason?.code ?? null) };
}
const commit = (key: string, ...more: readonly string[]): string => {
  git('commit', '--quiet', '--allow-empty', '-m', `by ${key}`, `-S${key}`, ...more);
  return git('rev-parse', 'HEAD');
};
/** git's own word about a commit: `G`, `X`, `R` … */
const ask = (rev: string): string => git('log', '-1', '--format=%G?', rev);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-formats-'));
  work = join(top, 'work');
  mkdirSync(join(top, 'gnupg'), { mode: 0o700 });
  must(top, 'git', 'init', '--quiet', work);
  git('config', 'user.name', 'Alice');
  git('config', 'user.email', 'alice@example.com');
});
afterAll(() => {
  run(top, 'gpgconf', '--kill', 'all');
  rmSync(top, { recursive: true, force: true });
});

const isAbsent = peer('gpg') === null || peer('gpgsm') === null;

describe.skipIf(isAbsent)('what git and GnuPG sign', () => {
  it('D1 D4 D13: OpenPGP keys of every kind, subkeys, expiry and revocation, as git says', () => {
    git('config', 'gpg.format', 'openpgp');
    const kinds = ['ed25519', 'rsa3072', 'nistp256', 'nistp384', 'nistp521', 'brainpoolP256r1'];
    const keys = kinds.map((kind) => makeKey(`${kind} <alice@example.com>`, kind));
    const commits = keys.map((key) => commit(`${key}!`));
    const [first = ''] = keys;
    gpg('--passphrase', '', '--quick-add-key', first, 'ed25519', 'sign', 'never');
    const subkey = gpg('--with-colons', '--list-keys', first)
      .match(/^fpr:+([0-9A-F]{40}):/gm)
      ?.at(-1);
    commits.push(commit(`${subkey?.replaceAll(/[fpr:]/g, '') ?? ''}!`));
    git('tag', '-s', '-u', first, '-m', 'release', 'v1');
    writeFileSync(join(top, 'ring.asc'), gpg('--armor', '--export'));
    for (const id of commits) {
      expect(verify(id, '--keyring', '../ring.asc')).toEqual({ code: 0, reasons: [null] });
      expect(['G', 'U']).toContain(ask(id));
    }
    expect(verify('v1', '--keyring', '../ring.asc')).toEqual({ code: 0, reasons: [null, null] });
    const revocation = readFileSync(join(top, `gnupg/openpgp-revocs.d/${first}.rev`), 'utf8');
    writeFileSync(join(top, 'revoke.asc'), revocation.replace(':-----BEGIN', '-----BEGIN'));
    gpg('--import', 'revoke.asc');
    writeFileSync(join(top, 'revoked.asc'), gpg('--armor', '--export'));
    expect(ask(commits[0] ?? '')).toBe('R');
    expect(verify(commits[0] ?? '', '--keyring', '../revoked.asc').reasons).toEqual([
      'key-revoked',
    ]);
  });

  it('D1 D14: certificates of gpgsm, with open lengths, under a root of one’s own', () => {
    const sm = join(top, 'sm');
    mkdirSync(sm);
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650'];
    must(
      sm,
      'openssl',
      ...request,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/O=Shop/CN=CA',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign',
    );
    must(
      sm,
      'openssl',
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'a.key',
      '-out',
      'a.csr',
      '-subj',
      '/O=Shop/CN=Alice',
    );
    const lines = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature,nonRepudiation',
      'extendedKeyUsage=emailProtection',
      'subjectAltName=email:alice@example.com',
    ];
    writeFileSync(join(sm, 'ext'), `${lines.join('\n')}\n`);
    must(
      sm,
      'openssl',
      'x509',
      '-req',
      '-in',
      'a.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '3000',
      '-extfile',
      'ext',
      '-out',
      'a.pem',
    );
    must(
      sm,
      'openssl',
      'pkcs12',
      '-export',
      '-legacy',
      '-inkey',
      'a.key',
      '-in',
      'a.pem',
      '-passout',
      'pass:x',
      '-out',
      'a.p12',
    );
    const print = must(sm, 'openssl', 'x509', '-in', 'ca.pem', '-noout', '-fingerprint', '-sha1');
    writeFileSync(join(top, 'gnupg/trustlist.txt'), `${print.replace(/^.*=/, '')} S\n`);
    writeFileSync(join(top, 'gnupg/gpgsm.conf'), 'disable-crl-checks\n');
    writeFileSync(join(sm, 'pw'), 'x\n');
    must(sm, 'gpgsm', '--batch', '--import', 'ca.pem');
    const program = join(sm, 'gpgsm.sh');
    const asked = `--batch --pinentry-mode loopback --passphrase-fd 7 "$@" 7<${join(sm, 'pw')}`;
    writeFileSync(program, `#!/bin/sh\nexec gpgsm ${asked}\n`);
    chmodSync(program, 0o755);
    must(sm, program, '--import', 'a.p12');
    git('config', 'gpg.format', 'x509');
    git('config', 'gpg.x509.program', program);
    const id = commit('alice@example.com');
    git('tag', '-s', '-u', 'alice@example.com', '-m', 'release', 'v2');
    expect(ask(id)).toBe('G');
    expect(verify('v2', '--commit-root', '../sm/ca.pem')).toEqual({
      code: 0,
      reasons: [null, null],
    });
    // A certificate that may sign commits is no authority.
    expect(verify(id, '--commit-root', '../sm/a.pem').reasons).toEqual(['certificate']);
  });

  it('D1 D14 A70: SSH certificates and lists of ssh-keygen, as git says', () => {
    must(top, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'authority');
    must(top, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'person');
    const sign = ['-q', '-s', 'authority', '-I', 'alice', '-n', 'alice@example.com', '-z', '9'];
    must(top, 'ssh-keygen', ...sign, 'person.pub');
    const authority = readFileSync(join(top, 'authority.pub'), 'utf8');
    const line = `*@example.com cert-authority,namespaces="git" ${authority}`;
    writeFileSync(join(top, 'signers'), line);
    git('config', 'gpg.format', 'ssh');
    git('config', 'user.signingKey', join(top, 'person-cert.pub'));
    git('config', 'gpg.ssh.allowedSignersFile', join(top, 'signers'));
    const id = commit('');
    expect(ask(id)).toBe('G');
    expect(verify(id, '--allowed-signers', '../signers')).toEqual({ code: 0, reasons: [null] });
    for (const [name, text] of [
      ['serial', 'serial: 9'],
      ['other', 'serial: 10'],
    ] as const) {
      writeFileSync(join(top, name), `${text}\n`);
      must(top, 'ssh-keygen', '-q', '-k', '-f', `${name}.krl`, '-s', 'authority.pub', name);
      git('config', 'gpg.ssh.revocationFile', join(top, `${name}.krl`));
      const ours = verify(id, '--allowed-signers', '../signers').reasons;
      expect([ask(id), ours]).toEqual(
        name === 'serial' ? [ask(id), ['key-revoked']] : ['G', [null]],
      );
      if (name === 'serial') expect(ask(id)).not.toBe('G');
    }
  });
});
