import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { translateDocument } from '../../../src/adapters/advisories/translate-feed.ts';
import { unfoldFeeds } from '../../../src/adapters/advisories/unfold-feeds.ts';
import { Failure } from '../../../src/core/failure.ts';
import { PUBLISHER_SAMPLES } from '../../support/publisher-feeds.ts';
import { UBUNTU_TRACKER_SAMPLE } from '../../support/system-feeds.ts';
import { encodeSamples, type Target } from './target.ts';

/** Files of advisories in the forms of their publishers. */
export const PUBLISHER_TARGETS: readonly Target[] = [
  {
    name: 'document of a publisher',
    form: 'json',
    samples: encodeSamples(PUBLISHER_SAMPLES),
    read: readDocument,
    reads: [
      'adapters/advisories/translate-feed.ts translateFeed',
      'adapters/advisories/translate-feed.ts translateDocument',
      'capabilities/advisories/feeds/formats.ts recogniseFeed',
    ],
  },
  {
    name: "file of Ubuntu's tracker",
    form: 'text',
    samples: [Buffer.from(UBUNTU_TRACKER_SAMPLE)],
    read: readDocument,
    reads: ['capabilities/advisories/feeds/formats.ts recogniseFeed'],
  },
];

async function readDocument(bytes: Uint8Array): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-fuzz-'));
  writeFileSync(join(folder, 'feed'), bytes);
  try {
    await unfoldFeeds(join(folder, 'feed'), folder);
    translateDocument('feed', Buffer.from(bytes));
  } catch (thrown) {
    // It is a feed by itself, which no archive may have.
    if (!(thrown instanceof Failure && thrown.code === 'UNSUPPORTED')) throw thrown;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
