import type { FeedFormat } from './feed-format.ts';
import { CSAF } from './read-csaf.ts';
import { DEBIAN_TRACKER } from './read-debian-tracker.ts';
import { MSRC } from './read-msrc.ts';
import { NVD } from './read-nvd.ts';
import { SECDB } from './read-secdb.ts';
import { UBUNTU_API, UBUNTU_CVE, UBUNTU_TRACKER } from './read-ubuntu.ts';

/** The only list of these formats; everything else is read as OSV. */
export const FEED_FORMATS: readonly FeedFormat[] = [
  SECDB,
  DEBIAN_TRACKER,
  CSAF,
  NVD,
  MSRC,
  UBUNTU_API,
  UBUNTU_CVE,
  UBUNTU_TRACKER,
];

/** Characters at the start of a document by which its format is known. */
export const FEED_START_CHARACTERS = 4_096;

/** Null: it is none of them, such as a file of OSV records. */
export function recogniseFeed(start: string): FeedFormat | null {
  const text = start.slice(0, FEED_START_CHARACTERS);
  return FEED_FORMATS.find(({ recognises }) => recognises(text)) ?? null;
}
