import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { formatCheckpoint } from '../../formats/log/checkpoint.ts';
import {
  computeLeavesRoot,
  hashLeaf,
  proveConsistency,
  proveInclusion,
} from '../../formats/log/merkle.ts';
import {
  formatConsistencyProof,
  formatInclusionProof,
  parseLogProof,
  verifyLogProof,
} from './log-proof.ts';
import { type NoteVerifier, signNote } from './signed-note.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const verifier: NoteVerifier = { name: 'log.example.com', publicKey: new Uint8Array(raw) };

const texts = Array.from({ length: 5 }, (_, at) => `{"entry":${at}}`);
const leaves = texts.map(hashLeaf);
const sign = (size: number, origin = verifier.name): string => {
  const root = computeLeavesRoot(leaves.slice(0, size));
  return signNote(formatCheckpoint({ origin, size, root }), verifier, privateKey);
};
const [three, five] = [sign(3), sign(5)];
const include = (at: number, leaf = texts[at] ?? '', note = five): string =>
  formatInclusionProof(at, leaf, proveInclusion(leaves, at), note);
const CONTINUES = formatConsistencyProof(3, proveConsistency(leaves, 3), five);

/** `ok`, or why it proves nothing. */
const check = (text: string, held: string | null = null): string => {
  const proof = parseLogProof(Buffer.from(text));
  const proven = proof.ok
    ? verifyLogProof({
        proof: proof.value,
        verifier,
        held: held === null ? null : Buffer.from(held),
      })
    : proof;
  return proven.ok ? 'ok' : proven.failure.message;
};
const replaceLine = (text: string, at: number): string =>
  text.replace(text.split('\n')[at] ?? '', Buffer.alloc(32, at).toString('base64'));

describe('truth C3: a proof of the log, for a reader who has the key alone', () => {
  it('shows each entry, and each beginning', () => {
    for (const at of leaves.keys()) expect([at, check(include(at))]).toEqual([at, 'ok']);
    expect(check(include(3), five)).toBe('ok');
    for (const size of [1, 2, 3, 4, 5]) {
      const proof = formatConsistencyProof(size, proveConsistency(leaves, size), five);
      expect([size, check(proof, sign(size))]).toEqual([size, 'ok']);
    }
    expect(orThrow(parseLogProof(Buffer.from(include(3))))).toMatchObject({
      kind: 'inclusion',
      position: 3,
      leaf: texts[3],
    });
  });

  it.each<[string, string, string | null, RegExp]>([
    [
      'another checkpoint than the one that is held',
      include(3),
      three,
      /not the one that you hold/,
    ],
    ['another place', include(3).replace('index 3', 'index 2'), null, /gives another root/],
    ['another entry', include(3, texts[2]), null, /gives another root/],
    ['no entry', include(3).replace(/extra .*\n/, ''), null, /does not have the entry/],
    ['another hash', replaceLine(include(3), 3), null, /gives another root/],
    ['a checkpoint that was changed', include(3).replace('\n5\n', '\n6\n'), null, /is wrong/],
    ['the checkpoint of another log', include(3, texts[3], sign(5, 'x')), null, /is of x/],
    ['no checkpoint', include(3).split('\n\n')[0] ?? '', null, /has no checkpoint/],
    ['another form', `x${CONTINUES}`, three, /begins neither/],
    ['a hash that is too short', include(3).replace(/\n[^\n]{44}\n/, '\nAAAA\n'), null, /lines/],
    ['another hash of the beginning', replaceLine(CONTINUES, 1), three, /gives other roots/],
    ['another size', CONTINUES.replace('old 3', 'old 2'), three, /about 2 entries/],
    ['another beginning', CONTINUES, sign(2), /about 3 entries/],
    ['a beginning that is not named', CONTINUES, null, /none was named/],
    ['a beginning that nobody signed', CONTINUES, three.replace('\n3\n', '\n4\n'), /is wrong/],
  ])('with %s proves nothing', (_what, proof, held, why) => {
    expect(check(proof, held)).toMatch(why);
  });

  it('of any text is a value or a failure', () => {
    const part = fc.constantFrom(
      'extra ',
      'index 1',
      'old 3',
      '\n',
      '\n\n',
      '=',
      'AAAA',
      five,
      '—',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 12 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (some) => {
        expect(check(some)).not.toBe('ok');
        expect(check(`c2sp.org/tlog-proof@v1\n${some}`, some)).not.toBe('ok');
      }),
    );
  });
});
