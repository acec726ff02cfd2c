/**
 * Base64 in its one canonical form: padded, no other characters, no spare bits. Null for anything
 * else, including the empty text.
 */
export function decodeBase64(value: unknown): Buffer | null {
  return decodeExact(value, 'base64');
}

/** RFC 7515 §2: the URL-safe alphabet without padding; null for anything else. */
export function decodeBase64Url(value: unknown): Buffer | null {
  return decodeExact(value, 'base64url');
}

/**
 * S14: the standard alphabet or the URL-safe one, with or without padding, but no mixture and no
 * spare bits.
 */
export function decodeAnyBase64(value: unknown): Buffer | null {
  if (typeof value !== 'string') return null;
  const bare = value.replace(/={1,2}$/, '');
  if (value.length !== bare.length && value.length % 4 !== 0) return null;
  return decodeBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '=')) ?? decodeBase64Url(bare);
}

function decodeExact(value: unknown, alphabet: 'base64' | 'base64url'): Buffer | null {
  if (typeof value !== 'string' || value === '') return null;
  const bytes = Buffer.from(value, alphabet);
  return bytes.toString(alphabet) === value ? bytes : null;
}
