import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { formatCheckpoint, parseCheckpoint } from '../../formats/log/checkpoint.ts';
import { EMPTY_ROOT } from '../../formats/log/merkle.ts';
import { formatNoteVerifier, openNote, parseNoteVerifier, signNote } from './signed-note.ts';

/** The example of golang.org/x/mod/sumdb/note. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng' +
  'otpRZb6KE6RyyBwJnAM=\n';
const bytes = (text: string) => Buffer.from(text);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
  .export({ type: 'spki', format: 'der' })
  .subarray(-32);
const own = { name: 'waybill.dev/log/test', publicKey: new Uint8Array(raw) };

describe('truth C3: a signed note', () => {
  it('X14: of another implementation is read, and a changed one is refused', () => {
    const verifier = orThrow(parseNoteVerifier(NEUMANN));
    expect(formatNoteVerifier(verifier)).toBe(NEUMANN);
    expect(orThrow(openNote(bytes(NOTE), verifier))).toMatch(/^If you think.*\n.*\n$/);
    for (const changed of [
      NOTE.replace('answer', 'Answer'),
      NOTE.replace('x08go/ZJ', 'x08go/ZK'),
      NOTE.replace('x08go', 'y08go'),
      NOTE.replace('PeterNeumann', 'PaulNeumann'),
      NOTE.slice(0, -1),
      NOTE.replace('\n\n', '\n'),
      NOTE.replace('you', 'y\u0001u'),
      `${NOTE}no signature\n`,
    ])
      expect(openNote(bytes(changed), verifier).ok, changed).toBe(false);
    expect(parseNoteVerifier(NEUMANN.replace('c74f', 'c74e')).ok).toBe(false);
  });

  it('is opened by the key that signed it, beside signatures of others', () => {
    const note = signNote('one\n', own, privateKey);
    const both = `${note}${NOTE.slice(NOTE.indexOf('—'))}`;
    expect(orThrow(openNote(bytes(note), own))).toBe('one\n');
    expect(orThrow(openNote(bytes(both), own))).toBe('one\n');
    expect(openNote(bytes(NOTE), own).ok).toBe(false);
  });

  it('holds a checkpoint, with extensions or without', () => {
    const checkpoint = { origin: own.name, size: 7, root: EMPTY_ROOT };
    const text = formatCheckpoint(checkpoint);
    expect(text.split('\n')).toHaveLength(4);
    for (const one of [text, `${text}extension\n`])
      expect(orThrow(parseCheckpoint(one))).toEqual({
        ...checkpoint,
        root: new Uint8Array(EMPTY_ROOT),
      });
    for (const wrong of ['', 'a\n1\n', text.replace('7', '07'), text.slice(0, -1), `${text}\n`])
      expect(parseCheckpoint(wrong).ok, wrong).toBe(false);
  });

  it('never throws, for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        openNote(bytes(text), own);
        parseCheckpoint(text);
        parseNoteVerifier(text);
      }),
    );
  });
});
