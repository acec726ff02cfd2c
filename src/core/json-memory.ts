/**
 * What a value of JSON takes in memory at most, in bytes. The dearest object is one with names that
 * no other has; of an object with many names, each is also kept to find repeated ones.
 */
export const JSON_MEMORY = {
  object: 200,
  list: 64,
  item: 24,
  member: 72,
  hashedMember: 200,
} as const;

const [QUOTE, BACKSLASH, COMMA, OPEN, OPEN_LIST] = [34, 92, 44, 123, 91];

/**
 * What the values of a JSON text may take in memory, in bytes: three bytes of text can be an object
 * of sixty. Nothing is checked, so it is an estimate for any bytes.
 */
export function estimateJsonMemory(bytes: Uint8Array): number {
  let memory = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at += 1; at < bytes.length && bytes[at] !== QUOTE; at++)
        if (bytes[at] === BACKSLASH) at += 1;
    } else if (byte === COMMA) memory += JSON_MEMORY.member;
    else if (byte === OPEN) memory += JSON_MEMORY.object;
    else if (byte === OPEN_LIST) memory += JSON_MEMORY.list;
  }
  return memory;
}
