import { gzipSync } from 'node:zlib';

const MODIFICATION_TIME = 4;
const HOUR_MS = 3_600_000;

/**
 * A feed as an export has it: JSON lines in gzip, with the time of the export in the header
 * (RFC 1952 section 2.3.1). Without `at`, it was exported an hour ago.
 */
export function packFeed(records: readonly object[], at: number = Date.now() - HOUR_MS): Buffer {
  const packed = gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  packed.writeUInt32LE(Math.floor(at / 1000), MODIFICATION_TIME);
  return packed;
}
