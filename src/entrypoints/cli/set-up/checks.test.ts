import { describe, expect, it } from 'vitest';
import {
  buildCommitPolicy,
  buildDefaultPolicy,
  parsePolicy,
} from '../../../capabilities/policy/index.ts';
import { parseAllowedSigners } from '../../../capabilities/signing/index.ts';
import { Failure, type FailureCode } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { fail, failed, ok, orThrow, type Result } from '../../../core/result.ts';
import { loadConfig } from '../../config/config.ts';
import { CHECKS, type CheckId } from './check.ts';
import { runChecks, toExitCode } from './checks.ts';
import type { Observations } from './observations.ts';

const NOW = toInstant(Date.UTC(2026, 10, 22, 12));
const DAY_MS = 86_400_000;
const inDays = (days: number): Instant => toInstant(NOW + days * DAY_MS);
const lost = (code: FailureCode): Result<never> =>
  failed(new Failure(code, 'it is lost', 'fix it'));
const git = {
  version: '2.39.5',
  topLevel: '/r',
  hooksFolder: '/r/.git/hooks',
  remote: 'https://git.example.com/shop',
  signs: true,
  format: 'ssh',
  hasSigningKey: true,
  allowedSignersFile: '/r/.allowed',
};
const SIGNER =
  'a@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g';
const signers = (text: string) => parseAllowedSigners(text);
const key = (days: number) =>
  ok([
    { name: 'ci', certificate: { subject: 'CN=ci', thumbprint: 'x', validUntil: inDays(days) } },
  ]);
const policyWith = (extra = '', mode: 'enforce' | 'observe' = 'enforce') =>
  parsePolicy(`${buildDefaultPolicy({ mode, mergeSigners: ['m@example.com'] })}${extra}`);
const exception = (expires: string) =>
  'exceptions: [{ rule: sbom-complete, match: { finding: CVE-1 }, owner: a, reason: b, ' +
  `expires: ${expires} }]\n`;
const feed = (ecosystem: string, newest: number | null, database = 'GHSA') => ({
  ecosystem,
  feed: `${ecosystem}.zip`,
  records: 3,
  databases: [database],
  newest: newest === null ? null : toInstant(newest),
  exportedAt: null,
  importedAt: NOW,
});
const advisories = {
  source: 'imported' as const,
  version: 'v',
  count: 3,
  newest: NOW,
  importedAt: inDays(-1),
  coverage: [feed('npm', inDays(-1)), feed('Maven', inDays(-2)), feed('opam', null)],
  rejected: 0,
};
const hook = {
  name: 'pre-commit',
  text: "exec '/usr/bin/node' '/x/waybill.js' gate commit",
  vanished: [],
};
const config = await loadConfig({}, {}, '/');
const home = { path: '/h', mode: 0o700, isOurs: true, changedAt: inDays(-1) };
const trust = {
  name: 't',
  revision: 1,
  digest: `sha256:${'a'.repeat(64)}` as never,
  rules: [{ id: 'shop', signers: [{ kind: 'subject', trustStore: 'ca:shop' }] } as never],
  machines: [],
  revoked: [],
};
const storeUntil = (days: number) =>
  new Map([['ca:shop', ok([{ subjectText: 'CN=Root', notAfter: inDays(days) } as never])]]);
const notation = { policy: {} as never, stores: storeUntil(90) };

const revocation = (state: 'good' | 'revoked' | 'unknown') => ({
  ...{ subject: `CN=${state}`, state, source: null, revocation: null, cause: null },
});

const GOOD: Observations = {
  now: NOW,
  node: '24.21.0',
  git: ok(git),
  allowedSigners: signers(SIGNER),
  hooks: ok([hook, { ...hook, name: 'pre-push' }]),
  config: ok({ ...config, file: '/r/waybill.yaml', allowedSigners: '/r/.allowed' }),
  treeFile: '/r/waybill.yaml',
  policy: policyWith(),
  trust: ok(trust),
  notation: ok(notation),
  keys: key(90),
  keyRevocations: [{ key: 'ci', certificates: ok([revocation('good')]), own: null }],
  keyFiles: ok([{ ...home, path: '/h/keys/ci.key', mode: 0o600 }]),
  advisories: ok(advisories),
  database: ok({ isThere: true, latest: null }),
  serverCertificates: ok([{ path: '/h/tls/tls.crt', validUntil: inDays(200) }]),
  home: ok(home),
  recorded: [{ what: '/r/waybill.yaml', at: inDays(-1) }],
  reached: [{ registry: 'registry.example.com', answer: ok(401) }],
};

const findStatus = (id: CheckId, change: Partial<Observations>) =>
  runChecks({ ...GOOD, ...change }).find((one) => one.id === id)?.status;

describe('The doctor', () => {
  it('I16: says that a key was revoked, and that its authority does not answer', () => {
    const ask = (...states: readonly ('good' | 'revoked' | 'unknown')[]) =>
      findStatus('revocation', {
        keyRevocations: [{ key: 'ci', certificates: ok(states.map(revocation)), own: null }],
      });
    expect(ask('good', 'revoked', 'unknown')).toBe('problem');
    expect(ask('good', 'unknown')).toBe('unknown');
    expect([ask('good'), ask()]).toEqual(['ok', 'ok']);
    expect(findStatus('revocation', { keyRevocations: null })).toBeUndefined();
    const lost = fail('CERTIFICATE_INVALID', 'the chain has ended', 'Renew it.');
    const keyRevocations = [{ key: 'ci', certificates: lost, own: null }];
    expect(findStatus('revocation', { keyRevocations })).toBe('unknown');
    const own = { kind: 'key', value: 'a'.repeat(64), reason: 'lost laptop' } as const;
    const [check] = runChecks({
      ...GOOD,
      keyRevocations: [{ key: 'ci', certificates: ok([]), own }],
    }).filter(({ id }) => id === 'revocation');
    expect(check).toMatchObject({ status: 'problem' });
    expect(JSON.stringify(check)).toContain('lost laptop');
  });

  it('finds nothing if all is in order, and runs every check of the catalogue', () => {
    const checks = runChecks(GOOD);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(new Set(checks.map(({ id }) => id))).toEqual(new Set(Object.keys(CHECKS)));
    expect(toExitCode(checks)).toBe(0);
  });

  it('needs no policy of notation where every trusted signer is of sigstore', () => {
    const signer = { kind: 'sigstore-identity', trustedRoot: 'public' };
    const judged = (...signers: readonly object[]) =>
      findStatus('trust-policy', {
        notation: lost('FILE_NOT_FOUND'),
        trust: ok({ ...trust, rules: [{ id: 'shop', signers } as never] }),
      });
    expect(judged(signer)).toBe('ok');
    expect(judged(signer, { kind: 'subject', trustStore: 'ca:shop' })).toBe('problem');
  });

  const CASES: readonly (readonly [
    CheckId,
    string,
    'warning' | 'problem' | 'unknown',
    Partial<Observations>,
  ])[] = [
    ['node-version', 'an older Node.js', 'problem', { node: '24.14.0' }],
    [
      'trust',
      'a rule whose trust store no statement has',
      'problem',
      { notation: ok({ ...notation, stores: new Map() }) },
    ],
    [
      'trust-policy',
      'a trusted certificate that ends in 29 days',
      'warning',
      { notation: ok({ ...notation, stores: storeUntil(29) }) },
    ],
    [
      'trust-policy',
      'a trusted certificate that has ended',
      'warning',
      { notation: ok({ ...notation, stores: storeUntil(-1) }) },
    ],
    ['git', 'no git', 'warning', { git: lost('FILE_NOT_FOUND') }],
    ['git', 'a git without SSH signatures', 'warning', { git: ok({ ...git, version: '2.33.9' }) }],
    ['commit-signing', 'signing off', 'warning', { git: ok({ ...git, signs: false }) }],
    [
      'commit-signing',
      'SSH without a key',
      'problem',
      { git: ok({ ...git, hasSigningKey: false }) },
    ],
    ['commit-signing', 'OpenPGP', 'warning', { git: ok({ ...git, format: 'openpgp' }) }],
    ['allowed-signers', 'no file set, while SSH signs', 'problem', { allowedSigners: null }],
    [
      'allowed-signers',
      'no file set, and nothing is signed',
      'warning',
      { allowedSigners: null, git: ok({ ...git, signs: false }) },
    ],
    [
      'allowed-signers',
      'a file that is gone',
      'problem',
      { allowedSigners: lost('FILE_NOT_FOUND') },
    ],
    ['allowed-signers', 'no entries', 'problem', { allowedSigners: signers('# nobody\r\n\r\n') }],
    [
      'allowed-signers',
      'a line without meaning',
      'warning',
      { allowedSigners: signers(`${SIGNER}\nx y\n`) },
    ],
    [
      'allowed-signers',
      'a file that is unknown to git',
      'warning',
      { git: ok({ ...git, allowedSignersFile: null }) },
    ],
    [
      'allowed-signers',
      'a file that only git knows',
      'warning',
      { config: ok({ ...config, file: '/x' }) },
    ],
    [
      'merge-key',
      'squash merges on a platform',
      'warning',
      {
        git: ok({ ...git, remote: 'git@github.com:shop/trips' }),
        policy: parsePolicy(buildDefaultPolicy()),
      },
    ],
    [
      'hooks',
      'a missing one',
      'warning',
      { hooks: ok([hook, { ...hook, name: 'pre-push', text: null }]) },
    ],
    ['hooks', 'a hook of another tool', 'warning', { hooks: ok([{ ...hook, text: 'lint' }]) }],
    [
      'hooks',
      'a hook that only mentions Waybill',
      'warning',
      {
        hooks: ok([{ ...hook, text: '#!/bin/sh\n# no waybill gate commit today\necho waybill\n' }]),
      },
    ],
    [
      'hooks',
      'a Node.js that vanished',
      'problem',
      { hooks: ok([{ ...hook, vanished: ['/usr/bin/node'] }]) },
    ],
    ['hooks', 'a folder that may not be read', 'unknown', { hooks: lost('FILE_UNREADABLE') }],
    ['configuration', 'none', 'warning', { config: ok(config) }],
    ['configuration', 'unknown keys', 'problem', { config: lost('CONFIG_INVALID') }],
    ['policy', 'none', 'problem', { policy: lost('FILE_NOT_FOUND') }],
    ['policy', 'a broken one', 'problem', { policy: lost('POLICY_INVALID') }],
    ['policy', 'one that may not be read', 'unknown', { policy: lost('FILE_UNREADABLE') }],
    ['policy-mode', 'observing gates', 'warning', { policy: policyWith('', 'observe') }],
    ['exceptions', 'an expired one', 'warning', { policy: policyWith(exception('2026-11-21')) }],
    [
      'exceptions',
      'one that expires soon',
      'warning',
      { policy: policyWith(exception('2026-12-01')) },
    ],
    ['trust', 'none', 'problem', { trust: lost('FILE_NOT_FOUND') }],
    ['trust', 'no entries', 'problem', { trust: ok({ ...trust, rules: [], revoked: [] }) }],
    [
      'trust-policy',
      'a broken store',
      'problem',
      { notation: ok({ ...notation, stores: new Map([['ca:shop', lost('TRUST_INVALID')]]) }) },
    ],
    ['keys', 'none', 'warning', { keys: ok([]) }],
    ['keys', 'a certificate of yesterday', 'problem', { keys: key(-1) }],
    ['keys', 'a certificate of 29 days', 'warning', { keys: key(29) }],
    [
      'keys',
      'a certificate that has not arrived',
      'warning',
      { keys: ok([{ name: 'ci', certificate: null }]) },
    ],
    [
      'key-permissions',
      'a key that others can read',
      'problem',
      { keyFiles: ok([{ ...home, mode: 0o640 }]) },
    ],
    [
      'advisories',
      'the sample',
      'problem',
      { advisories: ok({ ...advisories, source: 'sample' }) },
    ],
    [
      'advisories',
      'eight days',
      'problem',
      { advisories: ok({ ...advisories, coverage: [feed('npm', inDays(-8))] }) },
    ],
    [
      'advisories',
      'truth A21: one stale feed among fresh ones',
      'problem',
      {
        advisories: ok({ ...advisories, coverage: [feed('npm', NOW), feed('Maven', inDays(-8))] }),
      },
    ],
    [
      'advisories',
      'truth A4: a stale feed of another database of one ecosystem',
      'problem',
      {
        advisories: ok({
          ...advisories,
          coverage: [feed('npm', NOW), feed('npm', inDays(-8), 'MAL')],
        }),
      },
    ],
    [
      'advisories',
      'truth A4: data of 2019 in a home without a policy',
      'problem',
      {
        advisories: ok({
          ...advisories,
          coverage: [feed('npm', NOW), feed('Maven', Date.UTC(2019, 5, 1))],
        }),
        policy: lost('FILE_NOT_FOUND'),
      },
    ],
    [
      'advisories',
      'truth A4: data of 2019 under a policy that sets no limit',
      'problem',
      {
        advisories: ok({ ...advisories, coverage: [feed('Maven', Date.UTC(2019, 5, 1))] }),
        policy: parsePolicy(buildCommitPolicy(['m@example.com'])),
      },
    ],
    [
      'advisories',
      'truth A4: data without a date, imported now',
      'problem',
      { advisories: ok({ ...advisories, coverage: [feed('npm', null)] }) },
    ],
    [
      'advisories',
      'truth A21: no feed',
      'problem',
      { advisories: ok({ ...advisories, coverage: [] }) },
    ],
    [
      'advisories',
      'rejected records',
      'warning',
      { advisories: ok({ ...advisories, rejected: 1 }) },
    ],
    ['advisories', 'a damaged index', 'problem', { advisories: lost('STORE_CORRUPT') }],
    ['database', 'an older schema', 'warning', { database: lost('STORE_LOCKED') }],
    ['database', 'a newer schema', 'problem', { database: lost('STORE_TOO_NEW') }],
    ['database', 'a network file system', 'problem', { database: lost('STORE_UNSAFE') }],
    ['database', 'a folder that may not be read', 'unknown', { database: lost('FILE_UNREADABLE') }],
    [
      'registries',
      'plain HTTP',
      'warning',
      {
        config: ok({
          ...config,
          file: '/x',
          registries: { 'registry.example.com': { insecure: true } },
        }),
      },
    ],
    [
      'registry-reach',
      'no answer',
      'unknown',
      { reached: [{ registry: 'r', answer: lost('REGISTRY_UNREACHABLE') }] },
    ],
    [
      'registry-reach',
      'something else',
      'problem',
      { reached: [{ registry: 'r', answer: ok(404) }] },
    ],
    ['registry-reach', 'no registry to ask', 'unknown', { reached: [] }],
    [
      'server-tls',
      'an expired certificate',
      'problem',
      { serverCertificates: ok([{ path: 'x', validUntil: NOW }]) },
    ],
    [
      'server-tls',
      'one of 29 days',
      'warning',
      { serverCertificates: ok([{ path: 'x', validUntil: inDays(29) }]) },
    ],
    [
      'clock',
      'a clock that is behind',
      'problem',
      { recorded: [{ what: 'x', at: toInstant(NOW + 301_000) }] },
    ],
    ['home', 'a folder that others can change', 'problem', { home: ok({ ...home, mode: 0o777 }) }],
    ['home', 'a folder that others can read', 'warning', { home: ok({ ...home, mode: 0o755 }) }],
    ['home', 'a folder of another user', 'problem', { home: ok({ ...home, isOurs: false }) }],
  ];
  it.each(CASES)('%s: %s is a %s, and the doctor names the fix', (id, _, status, change) => {
    expect(findStatus(id, {})).toBe('ok');
    const checks = runChecks({ ...GOOD, ...change });
    const one = checks.find((check) => check.id === id);
    expect(one?.status).toBe(status);
    expect(one?.fix ?? '').not.toBe('');
    expect(one?.fix).not.toMatch(/undefined/);
    if (status !== 'warning') expect(toExitCode(checks)).toBe(status === 'problem' ? 1 : 3);
  });

  it.each([
    ['https://github.com/shop/trips', /the OpenPGP key of GitHub in keyrings/, true],
    ['https://gitlab.example.com/shop/trips', /SSH key, and name its principal/, true],
    ['https://dev.azure.com/shop/trips', /does not sign them/, false],
  ])('truth A16: for %s it names merge signers only where that helps', (remote, advice, names) => {
    const policy = parsePolicy(buildDefaultPolicy());
    const checks = runChecks({ ...GOOD, policy, git: ok({ ...git, remote }) });
    const fix = checks.find(({ id }) => id === 'merge-key')?.fix ?? '';
    expect(fix).toMatch(advice);
    expect(fix.includes('mergeSigners')).toBe(names);
  });

  it('accepts squash merges of a platform if the policy names its signing key', () => {
    expect(
      findStatus('merge-key', { git: ok({ ...git, remote: 'https://github.com/shop/trips' }) }),
    ).toBe('ok');
  });

  it('truth A4: an older export of a feed is no stale feed, nor is what a policy allows', () => {
    const twice = [feed('npm', inDays(-90)), { ...feed('npm', NOW), feed: 'npm-today.zip' }];
    const old = [feed('npm', inDays(-90))];
    const allowed = orThrow(policyWith());
    const values = { ...allowed.parameters.values, advisoryAgeMax: 100 * DAY_MS };
    const policy = ok({ ...allowed, parameters: { ...allowed.parameters, values } });
    const give = (coverage: typeof old) => ({ advisories: ok({ ...advisories, coverage }) });
    expect(findStatus('advisories', give(twice))).toBe('ok');
    expect(findStatus('advisories', { ...give(old), policy })).toBe('ok');
    const told = runChecks({ ...GOOD, ...give(old) }).find(({ id }) => id === 'advisories');
    expect(told?.message).toContain('npm (npm.zip) is up to 90 days old');
  });

  it('a check that needs the policy names the fix for the policy, with its path', () => {
    const fixes = (change: Partial<Observations>) =>
      runChecks({ ...GOOD, ...change }).flatMap(({ id, fix }) =>
        id === 'policy' || id === 'merge-key' ? [fix] : [],
      );
    const broken = parsePolicy('x: 1');
    const path = orThrow(GOOD.config).policy;
    const ask = `correct it, and check it again: waybill policy check ${path}`;
    expect(fixes({ policy: broken })).toEqual([ask, ask]);
    expect(fixes({ policy: lost('FILE_NOT_FOUND') })).toEqual(['waybill init', 'waybill init']);
    const later = parsePolicy(buildDefaultPolicy().replace('dev/v1', 'dev/v2'));
    expect(fixes({ policy: later })[0]).toMatch(/^Use a Waybill that reads waybill.dev\/v2/);
  });

  it.each<[CheckId, Partial<Observations>]>([
    ['trust', { trust: lost('TRUST_INVALID') }],
    ['trust-policy', { notation: lost('MALFORMED') }],
    ['advisories', { advisories: lost('STORE_CORRUPT') }],
  ])('%s: a broken file is not fixed by adding to it, so its own remedy is named', (id, change) => {
    expect(runChecks({ ...GOOD, ...change }).find((one) => one.id === id)?.fix).toBe('fix it');
  });

  it('the network is used only on request', () => {
    expect(findStatus('registry-reach', { reached: null })).toBeUndefined();
  });

  it('the proposed mode makes one more gate enforce, and every other gate stays the same', () => {
    const fix =
      runChecks({ ...GOOD, policy: policyWith('', 'observe') }).find(
        ({ id }) => id === 'policy-mode',
      )?.fix ?? '';
    const mode = /mode: \{[^}]*\}/.exec(fix)?.[0] ?? '';
    const { modes } = orThrow(parsePolicy(buildDefaultPolicy().replace('mode: enforce', mode)));
    expect(Object.values(modes).filter((one) => one === 'enforce')).toHaveLength(1);
  });

  it('a problem has priority over what could not be checked, and a warning ends with 0', () => {
    const mixed = runChecks({
      ...GOOD,
      trust: lost('FILE_NOT_FOUND'),
      hooks: lost('FILE_UNREADABLE'),
    });
    expect(toExitCode(mixed)).toBe(1);
    expect(toExitCode(runChecks({ ...GOOD, keys: ok([]) }))).toBe(0);
  });
});
