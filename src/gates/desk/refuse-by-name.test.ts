import { describe, expect, it } from 'vitest';
import { NOON, policyText, ruleText, shopPolicy } from '../../../test/support/policy-facts.ts';
import { parsePolicy } from '../../capabilities/policy/index.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { refuseByName } from './refuse-by-name.ts';

const asked = (image: string, policy = shopPolicy()) =>
  refuseByName({
    policy,
    gate: 'admission',
    reference: orThrow(parseImageReference(image)),
    workload: null,
    now: NOON,
  });
const rule = (require: string) => orThrow(parsePolicy(policyText(ruleText(require))));
const DIGEST = `sha256:${'1'.repeat(64)}`;

describe('What a name alone refuses', () => {
  it('I19: an image from elsewhere is denied before its registry is asked', () => {
    expect(asked('evil.example.com/shop/trips:1')?.verdict.decision).toBe('deny');
    expect(asked('registry.example.com.evil.example.com/shop/trips:1')?.verdict.decision).toBe(
      'deny',
    );
    expect(asked('registry.example.com/shop/trips:1')).toBeNull();
  });

  it('a rule that reads evidence is not asked, even if it would break without evidence', () => {
    expect(asked('registry.example.com/shop/trips:1', rule('known(signatures)'))).toBeNull();
    expect(
      asked('registry.example.com/shop/trips:1', rule('signatures.exists(s, s.trusted)')),
    ).toBeNull();
  });

  it('a rule about facts that only the registry knows is not decided without them', () => {
    for (const require of [
      'known(image.digest)',
      'known(image.platform)',
      "image.platform == 'linux/arm64'",
    ]) {
      expect(asked('registry.example.com/shop/trips:1', rule(require))).toBeNull();
    }
  });

  it('a rule about the digest in the reference is decided', () => {
    const policy = rule(`image.digest != '${DIGEST}'`);
    expect(asked(`registry.example.com/shop/trips@${DIGEST}`, policy)?.verdict.decision).toBe(
      'deny',
    );
    expect(
      asked(`registry.example.com/shop/trips@${DIGEST.replaceAll('1', '2')}`, policy),
    ).toBeNull();
  });
});
