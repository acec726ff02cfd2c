import { timingSafeEqual } from 'node:crypto';

/**
 * Opens a box of NaCl (secretbox: XSalsa20 and Poly1305), in which the tools of sigstore keep
 * private keys; node:crypto has no XSalsa20. Null where the key, the nonce or the box is another
 * one.
 *
 * @param box the tag of 16 bytes, then what is encrypted
 * @param nonce 24 bytes
 * @param key 32 bytes
 */
export function openSecretbox(
  box: Uint8Array,
  nonce: Uint8Array,
  key: Uint8Array,
): Uint8Array | null {
  if (box.length < TAG_BYTES || nonce.length !== 24 || key.length !== 32) return null;
  const encrypted = box.subarray(TAG_BYTES);
  const stream = streamXsalsa20(key, nonce, 32 + encrypted.length);
  const tag = computePoly1305(encrypted, stream.subarray(0, 32));
  // mutant box-with-another-tag by secretbox: condition -> false
  if (!timingSafeEqual(tag, box.subarray(0, TAG_BYTES))) return null;
  return encrypted.map((byte, at) => byte ^ (stream[32 + at] ?? 0));
}

const TAG_BYTES = 16;
/** `expand 32-byte k`, little-endian. */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
/** Quarter-rounds over columns, then over rows (Salsa20 specification §4, §5). */
const QUARTERS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;
const TURNS = [
  [1, 0, 3, 7],
  [2, 1, 0, 9],
  [3, 2, 1, 13],
  [0, 3, 2, 18],
] as const;

/** Bernstein, "Extending the Salsa20 nonce": HSalsa20 makes the key of an ordinary stream. */
function streamXsalsa20(key: Uint8Array, nonce: Uint8Array, bytes: number): Uint8Array {
  const mixed = mixRounds(fillState(key, nonce.subarray(0, 16)));
  const subkey = toBytes([0, 5, 10, 15, 6, 7, 8, 9].map((at) => mixed[at] ?? 0));
  const blocks = Array.from({ length: Math.ceil(bytes / 64) }, (_, at) => {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64LE(BigInt(at));
    const state = fillState(subkey, Buffer.concat([nonce.subarray(16), counter]));
    const rounds = mixRounds(state);
    return toBytes(state.map((word, place) => (word + (rounds[place] ?? 0)) >>> 0));
  });
  return Buffer.concat(blocks).subarray(0, bytes);
}

function fillState(key: Uint8Array, input: Uint8Array): number[] {
  const [k, n] = [toWords(key), toWords(input)];
  const [s0, s1, s2, s3] = SIGMA;
  return [s0, ...k.slice(0, 4), s1, ...n, s2, ...k.slice(4), s3];
}

function mixRounds(state: readonly number[]): Uint32Array {
  const x = Uint32Array.from(state);
  for (let round = 0; round < 20; round += 2)
    for (const places of QUARTERS)
      for (const [to, one, other, turn] of TURNS) {
        const sum = ((x[places[one]] ?? 0) + (x[places[other]] ?? 0)) >>> 0;
        x[places[to]] = (x[places[to]] ?? 0) ^ ((sum << turn) | (sum >>> (32 - turn)));
      }
  return x;
}

function toWords(bytes: Uint8Array): number[] {
  const view = Buffer.from(bytes);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.readUInt32LE(at * 4));
}

function toBytes(words: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (let at = 0; at < words.length; at++) bytes.writeUInt32LE(words[at] ?? 0, at * 4);
  return bytes;
}

const PRIME = 2n ** 130n - 5n;
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** RFC 8439 §2.5. */
function computePoly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  const r = readLittle(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + readLittle(block) + (1n << BigInt(8 * block.length))) * r) % PRIME;
  }
  const tag = (sum + readLittle(key.subarray(16))) & (2n ** 128n - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

function readLittle(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}
