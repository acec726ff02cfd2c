import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSecretbox } from './secretbox.ts';

const hex = (...parts: readonly string[]): Buffer => Buffer.from(parts.join(''), 'hex');

/** The example of NaCl ("Cryptography in NaCl", §10). */
const KEY = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
const NONCE = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
const PLAIN = hex(
  'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a',
  '1ac728d45e6c6129',
  '6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a',
  '024a838f21af1fde',
  '048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705',
);
const BOX = hex(
  'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4',
  '476fb8c531a1186a',
  'c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8a',
  'b932164548e526ae',
  '90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6',
  '599b1f654cb45a74',
  'e355a5',
);

describe('S18: a box of NaCl', () => {
  it('is opened by its key and its nonce', () => {
    expect(Buffer.from(openSecretbox(BOX, NONCE, KEY) ?? [])).toEqual(PLAIN);
  });

  it('is not opened where one bit of box, nonce or key is another one', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2), fc.nat(), (part, at) => {
        const parts = [BOX, NONCE, KEY].map((one) => Buffer.from(one));
        const changed = parts[part] ?? BOX;
        const bit = at % (changed.length * 8);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const [box = BOX, nonce = NONCE, key = KEY] = parts;
        expect(openSecretbox(box, nonce, key)).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  it('never throws, whatever its parts are', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (box, nonce, key) => {
        expect(openSecretbox(box, nonce, key)).toBeNull();
      }),
    );
  });
});
