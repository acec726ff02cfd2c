/** Digits of a hash by its algorithm, as SPDX and CycloneDX write both. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['MD5', 32],
  ['SHA1', 40],
  ['SHA-1', 40],
  ...[224, 256, 384, 512].flatMap((bits): readonly (readonly [string, number])[] => [
    [`SHA${bits}`, bits / 4],
    [`SHA-${bits}`, bits / 4],
    [`SHA3-${bits}`, bits / 4],
    [`BLAKE2b-${bits}`, bits / 4],
    [`Streebog-${bits}`, bits / 4],
  ]),
]);
/** Algorithms whose hashes have no one length. */
const ANY_LENGTH = new Set(['MD2', 'MD4', 'MD6', 'ADLER32', 'BLAKE3']);

/** Whether a text is a hash of that algorithm. */
export function fitsAlgorithm(algorithm: string, value: string): boolean {
  if (!/^[0-9A-Fa-f]+$/.test(value)) return false;
  const digits = DIGITS.get(algorithm);
  return digits === undefined ? ANY_LENGTH.has(algorithm) : value.length === digits;
}
