/** APPNOTE.TXT 4.3.7, 4.3.16: a first entry, or the end of an archive without entries. */
export function hasZipStart(bytes: Uint8Array): boolean {
  const [one, two, three, four] = bytes;
  return (
    one === 0x50 && two === 0x4b && ((three === 3 && four === 4) || (three === 5 && four === 6))
  );
}

/**
 * A script with an archive behind it, which starts that: Spring Boot makes such ones. Nearly all
 * other scripts are smaller than any program of Java.
 */
export function mayStartItself(head: Uint8Array, size: number): boolean {
  return head[0] === 0x23 && head[1] === 0x21 && size >= SELF_STARTING_BYTES_MIN;
}

const SELF_STARTING_BYTES_MIN = 16 * 1024;

/** APPNOTE.TXT 4.3.16: before a comment of at most 65,535 bytes. */
export function hasZipEnd(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .subarray(-(22 + 0xffff))
    .includes('PK\x05\x06', 0, 'latin1');
}
