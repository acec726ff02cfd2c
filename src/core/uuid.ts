import { type Digest, takeHex } from './digest.ts';

/** RFC 9562 §5.8: version 8, its bits from the content. */
export function deriveUuid(digest: Digest): string {
  const hex = takeHex(digest);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join('-');
}
