import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW, type TestKey } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  later,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  scanDocument,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseDocument } from '../../phases/build/documents.ts';
import { gatherImage } from '../image-evidence/gather.ts';
import { takeItems } from './fact-lists.ts';
import { buildImageFacts } from './facts.ts';

const WITHDRAWN = 'CVE-2026-7777';
const [YESTERDAY, HOUR_AGO] = [later(-86_400_000), later(-3_600_000)];
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

interface Later {
  readonly key?: TestKey | null;
  readonly at?: typeof HOUR_AGO;
  readonly change?: (document: ReleaseDocument) => ReleaseDocument;
}

/** The findings of an image that had one yesterday, and of which a later scan lists none. */
async function findAfter({ key = keys.release, at = HOUR_AGO, change = (one) => one }: Later) {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await attach(registry, subject, sbomDocument([debianComponent('tzdata')]), keys.release);
  const old = scanDocument(subject, YESTERDAY, [[WITHDRAWN, 'critical', 'tzdata']]);
  await attach(registry, subject, old, keys.release, YESTERDAY);
  await attach(registry, subject, change(scanDocument(subject, at)), key, at);
  const trust = worldTrust(keys);
  const source = { source: registry, trust };
  const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, source));
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  return takeItems(facts.findings ?? []).map(({ id }) => id);
}

const ofAnotherTool = (document: ReleaseDocument): ReleaseDocument => {
  const text = Buffer.from(document.bytes).toString();
  const other = text.replaceAll('https://scanner.example.com"', 'https://other.example.com"');
  expect(other).not.toBe(text);
  return { ...document, bytes: Buffer.from(other) };
};

describe('I18: a finding of an older scan', () => {
  it('is gone when its own signer and tool scanned again and no longer have it', async () => {
    expect(await findAfter({})).toEqual([]);
  });

  it.each<readonly [string, () => Later]>([
    ['a stranger', () => ({ key: keys.stranger })],
    ['nobody', () => ({ key: null })],
    ['another tool', () => ({ change: ofAnotherTool })],
    ['a partial scan', () => ({ change: (one) => ({ ...one, outcome: 'partial' }) })],
    ['a scan that is older still', () => ({ at: later(-2 * 86_400_000) })],
  ])('stays when %s lists none', async (_, make) => {
    expect(await findAfter(make())).toEqual([WITHDRAWN]);
  });
});
