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
function judge(...levels: readonly (readonly Extension[])[]): Promise<string> {
  return judgePath(levels, []);
}

/** The certificates at the places of `selfIssued` have the name of their issuer. */
async function judgePath(
  levels: readonly (readonly Extension[])[],
  selfIssued: readonly number[],
): Promise<string> {
  let subject = `CN=Root,${DN}`;
  let issuer = testAuthority({ subject });
  for (const [at, more] of levels.slice(0, -1).entries()) {
    const key = fixedKey(`policy ${at}`);
    const own = buildAuthorityExtensions(createPublicKey(key), null, issuer.key);
    if (!selfIssued.includes(at)) subject = `CN=Middle ${at},${DN}`;
    issuer = testAuthority({ subject, issuer, key, extensions: [...own, ...more] });
  }
  const key = fixedKey('policy leaf');
  const own = buildSignerExtensions(createPublicKey(key), issuer.key);
  const extensions = [...own, ...(levels.at(-1) ?? [])];
  if (!selfIssued.includes(levels.length - 1)) subject = `CN=leaf,${DN}`;
  const leaf = await testKey({ subject, root: issuer, key, extensions });
  const checked = checkPath(leaf.chain, 'code-signing');
  return checked.ok ? 'ok' : checked.flaw;
}

const required = makePolicyConstraints(0, null);
const [POLICIES, MAPPINGS, CONSTRAINTS, INHIBIT] = [
  '2.5.29.32',
  '2.5.29.33',
  '2.5.29.36',
  '2.5.29.54',
] as const;
const empty = der(0x30);
const threeParts = der(0x30, der(0x30, derOid(ONE), empty, empty));
const threePolicies = der(0x30, der(0x30, ...[ONE, TWO, THREE].map(derOid)));
const needless = Buffer.from([0, 1]);
const disordered = der(0x30, der(0x81, Buffer.from([9])), der(0x80, Buffer.from([9])));

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
    [
      'a mapping from any policy that is inhibited',
      [
        [required, makePolicies([ANY]), makeInhibitAny(0)],
        [makePolicies([ANY]), makePolicyMappings([ONE, TWO])],
        [makePolicies([TWO])],
      ],
    ],
    [
      'required above, and later only further below',
      [[makePolicyConstraints(1, null)], [makePolicyConstraints(2, null)], []],
    ],
    [
      'any policy that is inhibited above, and later only further below',
      [
        [required, makePolicies([ANY]), makeInhibitAny(1)],
        [makePolicies([ANY]), makeInhibitAny(2)],
        [makePolicies([ANY])],
      ],
    ],
    [
      'a mapping that is inhibited above, and later only further below',
      [
        [makePolicyConstraints(0, 0), makePolicies([ONE])],
        [makePolicyConstraints(null, 1), makePolicies([ONE])],
        [makePolicies([ONE]), makePolicyMappings([ONE, TWO])],
        [makePolicies([TWO])],
      ],
    ],
    [
      'a mapping of a policy that its authority does not have',
      [[required, makePolicies([ONE]), makePolicyMappings([TWO, THREE])], [makePolicies([THREE])]],
    ],
    ['an empty list of policies', [[], [makePolicies([])]]],
    ['a policy with more than its qualifiers', [[], [makeExtension(POLICIES, false, threeParts)]]],
    ['an empty list of mappings', [[makePolicyMappings()], []]],
    ['a mapping of three policies', [[makeExtension(MAPPINGS, true, threePolicies)], []]],
    ['constraints in the wrong order', [[makeExtension(CONSTRAINTS, true, disordered)], []]],
    ['a count with a needless zero', [[makeExtension(INHIBIT, true, der(0x02, needless))], []]],
    [
      'a needless zero of a constraint',
      [[makeExtension(CONSTRAINTS, true, der(0x30, der(0x80, Buffer.from([0, 9]))))], []],
    ],
    ['a count that is a text', [[makeExtension(INHIBIT, true, der(0x04, Buffer.from([1])))], []]],
    ['a mapping of any policy', [[makePolicyMappings([ANY, ONE])], []]],
    ['a mapping to any policy', [[makePolicyMappings([ONE, ANY])], []]],
    ['a policy twice', [[], [makePolicies([ONE, ONE])]]],
    ['constraints without a count', [[makePolicyConstraints(null, null)], []]],
    ['a negative count', [[makePolicyConstraints(0xff, null)], []]],
    ['a count that is no number', [[makeExtension('2.5.29.54', true, der(0x05))], []]],
  ])('%s is refused', async (_, levels) => {
    expect(await judge(...levels)).toBe('certificate-policy');
  });

  it('§6.1.4 (h): an authority that issued itself is not counted, and a leaf is', async () => {
    const oneBelow = [[makePolicyConstraints(2, null)], [], []];
    expect(await judgePath(oneBelow, [])).toBe('certificate-policy');
    expect(await judgePath(oneBelow, [1])).toBe('ok');
    expect(await judgePath([...oneBelow, []], [1])).toBe('certificate-policy');
    expect(await judgePath(oneBelow, [2])).toBe('certificate-policy');
  });

  it('§6.1.3 (d)(2): any policy of an authority that issued itself is not inhibited', async () => {
    const any = [
      [required, makePolicies([ONE]), makeInhibitAny(0)],
      [makePolicies([ANY])],
      [makePolicies([ONE])],
    ];
    expect(await judgePath(any, [])).toBe('certificate-policy');
    expect(await judgePath(any, [1])).toBe('ok');
    const ofLeaf = [[required, makePolicies([ONE]), makeInhibitAny(0)], [makePolicies([ANY])]];
    expect(await judgePath(ofLeaf, [1])).toBe('certificate-policy');
  });

  it('a count of many bytes is as good as none', async () => {
    const many = makeExtension(INHIBIT, true, der(0x02, Buffer.from([1, 0, 0, 0, 0])));
    expect(await judge([required, makePolicies([ONE]), many], [makePolicies([ANY])])).toBe('ok');
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
