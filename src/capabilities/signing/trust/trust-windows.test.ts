import { describe, expect, it } from 'vitest';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { NotarySigner } from '../signer.ts';
import { explainDistrust, findNextChange, isStatementTrusted } from './test-rule.ts';
import { parseTrust } from './trust-document.ts';
import type { TrustDocument } from './trust-rule.ts';

const REPOSITORY = 'registry.example.com/shop/trips';
const IDENTITY = 'CN=release,O=Shop,ST=WA,C=US';
const at = (text: string): Instant => toInstant(Date.parse(text));
const SINCE = at('2026-06-01T00:00:00Z');
const UNTIL = at('2026-09-01T00:00:00Z');
const BEFORE = at('2026-05-31T23:59:59Z');
const DURING = at('2026-07-01T00:00:00Z');
const AFTER = at('2026-11-01T00:00:00Z');

interface RuleText {
  readonly id: string;
  readonly repositories?: readonly string[];
  readonly statements?: readonly string[];
  readonly signers?: readonly object[];
  readonly since?: string;
  readonly until?: string;
}

function read(...rules: readonly RuleText[]) {
  const whole = rules.map((rule) => ({
    repositories: [REPOSITORY],
    statements: ['image'],
    signers: [{ identity: IDENTITY, trustStore: 'ca:acme' }],
    ...rule,
  }));
  const metadata = { name: 'windows', revision: 1 };
  return parseTrust(
    JSON.stringify({ apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata, rules: whole }),
  );
}

const signedAt = (claimed: Instant | null, signedBy?: Instant): NotarySigner => ({
  format: 'notary-jws',
  identity: IDENTITY,
  thumbprint: 'cd'.repeat(32),
  keys: [],
  thumbprints: [],
  trustStore: 'ca:acme',
  signedAt: claimed,
  ...(signedBy === undefined ? {} : { signedBy }),
});

function counts(trust: TrustDocument, signer: NotarySigner, now: Instant): boolean {
  return isStatementTrusted(trust, { repository: REPOSITORY, kind: 'image', signer, at: now });
}

describe('a rule with since and until', () => {
  const windowed = orThrow(
    read({ id: 'summer', since: '2026-06-01T00:00:00Z', until: '2026-09-01T00:00:00Z' }),
  );

  it('foundation 2: what was signed in its time counts, as long as it has not ended', () => {
    expect(counts(windowed, signedAt(DURING), DURING)).toBe(true);
    expect(counts(windowed, signedAt(SINCE), SINCE)).toBe(true);
    expect(counts(windowed, signedAt(DURING), (UNTIL - 1) as Instant)).toBe(true);
    expect(counts(windowed, signedAt(DURING), UNTIL)).toBe(false);
    expect(counts(windowed, signedAt(BEFORE), DURING)).toBe(false);
    expect(counts(windowed, signedAt(null), BEFORE)).toBe(false);
  });

  it('A34: after its end only what others show signed before still counts', () => {
    expect(counts(windowed, signedAt(DURING, DURING), AFTER)).toBe(true);
    expect(counts(windowed, signedAt(DURING), AFTER)).toBe(false);
    expect(counts(windowed, signedAt(DURING, UNTIL), AFTER)).toBe(false);
    expect(counts(windowed, signedAt(DURING, BEFORE), DURING)).toBe(false);
    expect(counts(windowed, signedAt(BEFORE, DURING), DURING)).toBe(false);
  });

  it('says which rule ended, or has not begun, and when that changes next', () => {
    const about = { repository: REPOSITORY, kind: 'image' } as const;
    expect(explainDistrust(windowed, { ...about, signer: signedAt(DURING), at: AFTER })).toContain(
      'the rule summer ended at 2026-09-01T00:00:00',
    );
    expect(explainDistrust(windowed, { ...about, signer: signedAt(BEFORE), at: DURING })).toContain(
      'the rule summer is for what was signed from 2026-06-01T00:00:00',
    );
    const change = (now: Instant, repository = REPOSITORY) =>
      findNextChange(windowed, { repository, signer: signedAt(DURING), at: now });
    expect([change(BEFORE), change(DURING), change(AFTER)]).toEqual([SINCE, UNTIL, null]);
    expect(change(BEFORE, 'registry.example.com/other')).toBeNull();
  });

  it.each([
    ['a day without a time', { since: '2026-06-01' }],
    ['a time that does not exist', { until: '2026-02-30T00:00:00Z' }],
    ['an end before its begin', { since: '2026-06-01T00:00:00Z', until: '2026-05-01T00:00:00Z' }],
    ['an end at its begin', { since: '2026-06-01T00:00:00Z', until: '2026-06-01T00:00:00Z' }],
  ])('%s is refused', (_, span) => {
    expect(read({ id: 'a', ...span })).toMatchObject({ failure: { code: 'TRUST_INVALID' } });
    expect(read({ id: 'a' }).ok).toBe(true);
  });
});

describe('rules that overlap', () => {
  const thumbprint = { thumbprint: 'ab'.repeat(32) };
  const below = { id: 'b', repositories: ['registry.example.com/shop/*'] };

  it.each<[string, readonly RuleText[], readonly RuleText[]]>([
    ['the same grant twice', [{ id: 'a' }, { id: 'b' }], [{ id: 'a' }]],
    [
      'a repository below the path of another rule',
      [{ id: 'a' }, below],
      [{ id: 'a' }, { ...below, repositories: ['registry.example.com/shop/trips/*'] }],
    ],
    [
      'a path below the path of another rule',
      [
        { ...below, id: 'a' },
        { ...below, repositories: ['registry.example.com/*'] },
      ],
      [
        { ...below, id: 'a' },
        { ...below, repositories: ['registry.example.com/shopping/*'] },
      ],
    ],
    [
      'the subject in another order',
      [
        { id: 'a' },
        { id: 'b', signers: [{ identity: 'C=US,ST=WA,O=Shop,CN=release', trustStore: 'ca:acme' }] },
      ],
      [{ id: 'a' }, { id: 'b', signers: [{ identity: IDENTITY, trustStore: 'ca:other' }] }],
    ],
    [
      'a thumbprint in both',
      [
        { id: 'a', signers: [thumbprint] },
        { id: 'b', signers: [thumbprint] },
      ],
      [{ id: 'a', signers: [thumbprint] }, { id: 'b' }],
    ],
    [
      'times that meet',
      [
        { id: 'a', until: '2026-06-02T00:00:00Z' },
        { id: 'b', since: '2026-06-01T00:00:00Z' },
      ],
      [
        { id: 'a', until: '2026-06-01T00:00:00Z' },
        { id: 'b', since: '2026-06-01T00:00:00Z' },
      ],
    ],
    ['a statement twice', [{ id: 'a', statements: ['image', 'image'] }], [{ id: 'a' }]],
    ['a signer twice', [{ id: 'a', signers: [thumbprint, thumbprint] }], [{ id: 'a' }]],
    [
      'a repository twice',
      [{ id: 'a', repositories: [REPOSITORY, 'registry.example.com/shop/*'] }],
      [{ id: 'a', repositories: [REPOSITORY, 'registry.example.com/shop'] }],
    ],
  ])('%s is refused at load', (_, bad, good) => {
    expect(read(...bad)).toMatchObject({ failure: { code: 'TRUST_INVALID' } });
    expect(read(...good).ok).toBe(true);
  });

  it('other statements of the same signer do not overlap', () => {
    expect(read({ id: 'a' }, { id: 'b', statements: ['vex'] }).ok).toBe(true);
  });
});
