import { createPublicKey } from 'node:crypto';
import type { Extension } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { fixedKey, testAuthority, testKey } from '../../../../test/support/certificates.ts';
import {
  makeExtension,
  makeInhibitAny,
  makePolicies,
  makePolicyConstraints,
  makePolicyMappings,
} from '../../../../test/support/chain-names.ts';
import { der, derOid } from '../../../../test/support/timestamps.ts';
import { buildAuthorityExtensions, buildSignerExtensions } from './certificate-build.ts';
import { checkPath } from './chain.ts';

const DN = 'O=Shop,ST=WA,C=US';
const [ONE, TWO, THREE] = ['1.2.3.1', '1.2.3.2', '1.2.3.3'] as const;
const ANY = '2.5.29.32.0';

/** `ok`, or the flaw, of a chain with these extensions, from below the root to the leaf. */
async function judge(...levels: readonly (readonly Extension[])[]): Promise<string> {
  let issuer = testAuthority({ subject: `CN=Root,${DN}` });
  for (const [at, more] of levels.slice(0, -1).entries()) {
    const key = fixedKey(`policy ${at}`);
    const own = buildAuthorityExtensions(createPublicKey(key), null, issuer.key);
    const subject = `CN=Middle ${at},${DN}`;
    issuer = testAuthority({ subject, issuer, key, extensions: [...own, ...more] });
  }
  const key = fixedKey('policy leaf');
  const own = buildSignerExtensions(createPublicKey(key), issuer.key);
  const extensions = [...own, ...(levels.at(-1) ?? [])];
  const leaf = await testKey({ subject: `CN=leaf,${DN}`, root: issuer, key, extensions });
  const checked = checkPath(leaf.chain, 'code-signing');
  return checked.ok ? 'ok' : checked.flaw;
}

const required = makePolicyConstraints(0, null);

describe('certificate policies (RFC 5280 §6.1, RFC 9618)', () => {
  it.each([
    ['one policy through the path', [[required, makePolicies([ONE])], [makePolicies([ONE])]]],
    ['any policy of the authority', [[required, makePolicies([ANY])], [makePolicies([ONE])]]],
    ['any policy of the leaf', [[required, makePolicies([ONE])], [makePolicies([ANY])]]],
    ['nothing is required', [[makePolicies([ONE])], [makePolicies([TWO])]]],
    ['required only further below', [[makePolicyConstraints(2, null)], []]],
    [
      'a policy that is mapped',
      [
        [required, makePolicies([ONE]), makePolicyMappings([ONE, TWO], [ONE, THREE])],
        [makePolicies([THREE])],
      ],
    ],
    [
      'a policy that is mapped from any policy',
      [[required, makePolicies([ANY]), makePolicyMappings([ONE, TWO])], [makePolicies([TWO])]],
    ],
    [
      'a mapping that is inhibited only below',
      [
        [required, makePolicies([ONE]), makePolicyConstraints(null, 0)].slice(1),
        [makePolicies([ONE]), makePolicyMappings([ONE, TWO])],
        [makePolicies([TWO])],
      ],
    ],
    [
      'any policy before it is inhibited',
      [[required, makeInhibitAny(1), makePolicies([ONE])], [makePolicies([ANY])]],
    ],
  ])('%s is sound', async (_, levels) => {
    expect(await judge(...levels)).toBe('ok');
  });

  it.each([
    ['another policy', [[required, makePolicies([ONE])], [makePolicies([TWO])]]],
    ['no policy', [[required, makePolicies([ONE])], []]],
    ['no policy of the authority', [[required], [makePolicies([ONE])]]],
    ['required by the leaf itself', [[], [required]]],
    ['required one below', [[makePolicyConstraints(1, null)], []]],
    [
      'the policy from before its mapping',
      [[required, makePolicies([ONE]), makePolicyMappings([ONE, TWO])], [makePolicies([ONE])]],
    ],
    [
      'a mapping that is inhibited',
      [
        [required, makePolicies([ONE])],
        [makePolicies([ONE]), makePolicyConstraints(null, 0)],
        [makePolicies([ONE]), makePolicyMappings([ONE, TWO])],
        [makePolicies([TWO])],
      ],
    ],
    [
      'any policy that is inhibited',
      [[required, makeInhibitAny(0), makePolicies([ONE])], [makePolicies([ANY])]],
    ],
    ['a mapping of any policy', [[makePolicyMappings([ANY, ONE])], []]],
    ['a mapping to any policy', [[makePolicyMappings([ONE, ANY])], []]],
    ['a policy twice', [[], [makePolicies([ONE, ONE])]]],
    ['constraints without a count', [[makePolicyConstraints(null, null)], []]],
    ['a negative count', [[makePolicyConstraints(0xff, null)], []]],
    ['a count that is no number', [[makeExtension('2.5.29.54', true, der(0x05))], []]],
  ])('%s is refused', async (_, levels) => {
    expect(await judge(...levels)).toBe('certificate-policy');
  });

  it('§4.2.1.4: an unknown qualifier is refused where the extension is critical', async () => {
    const qualified = (critical: boolean, qualifier: string) =>
      makeExtension(
        '2.5.29.32',
        critical,
        der(0x30, der(0x30, derOid(ONE), der(0x30, der(0x30, derOid(qualifier), der(0x05))))),
      );
    expect(await judge([], [qualified(true, '1.2.3.4')])).toBe('certificate-policy');
    expect(await judge([], [qualified(false, '1.2.3.4')])).toBe('ok');
    expect(await judge([], [qualified(true, '1.3.6.1.5.5.7.2.1')])).toBe('ok');
  });

  it('A64: policies that are mapped to each other again and again take no time', async () => {
    const policies = Array.from({ length: 100 }, (_, at) => `1.2.3.${at}`);
    const pairs = policies.flatMap((from) =>
      policies.slice(0, 20).map((to) => [from, to] as const),
    );
    const level = [makePolicies(policies), makePolicyMappings(...pairs)];
    expect(await judge([required, ...level], ...Array(7).fill(level), [makePolicies([ONE])])).toBe(
      'ok',
    );
  });
});
