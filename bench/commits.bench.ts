import {
  parseAllowedSigners,
  parseCommit,
  trustSshKeys,
  verifyCommit,
} from '../src/capabilities/signing/index.ts';
import { orThrow } from '../src/core/result.ts';
import { signedCommit, type TestKeyKind, testSshKey } from '../test/support/ssh-commits.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';

const ROUNDS = 500;
/** A team: the key of the commit is the last one that is checked. */
const TEAM = 200;

/**
 * From the bytes of an object to its verdict, with objects already read. Each commit is different,
 * so that no result is reused.
 */
function perCommit(kind: TestKeyKind, max: number | null): Figure {
  const key = testSshKey(kind);
  const others = Array.from(
    { length: TEAM },
    (_, at) => `user${at}@example.com ${testSshKey('ed25519').line}`,
  );
  const text = [...others, `alice@example.com ${key.line}`].join('\n');
  const signers = parseAllowedSigners(text);
  const commits = Array.from({ length: ROUNDS }, (_, at) =>
    signedCommit(key, { message: `change ${at}\n` }),
  );
  const times: number[] = [];
  for (let round = 0; round < 2; round++) {
    times.length = 0;
    for (const bytes of commits) {
      const started = performance.now();
      if (
        verifyCommit(orThrow(parseCommit(bytes, 'sha1')), trustSshKeys(signers)).kind !== 'trusted'
      )
        throw new Error('not trusted');
      times.push(performance.now() - started);
    }
  }
  const value = quantile(
    times.sort((one, other) => one - other),
    0.5,
  );
  return {
    what: `verify a commit by ${kind}, p50`,
    value,
    unit: 'ms',
    target: max === null ? null : { max },
  };
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'commit signatures, without reading the objects',
  async measure() {
    return [
      perCommit('ed25519', 1),
      perCommit('p256', 1),
      perCommit('rsa3072', 1),
      perCommit('p384', null),
      perCommit('p521', null),
    ];
  },
};
