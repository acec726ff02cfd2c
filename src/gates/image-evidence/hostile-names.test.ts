import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  debianComponent,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  scanDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { sbomToolSpdx, trivyJson, trivySarif } from '../../../test/support/foreign-documents.ts';
import { shopPolicy } from '../../../test/support/policy-facts.ts';
import { parseOsv } from '../../capabilities/advisories/index.ts';
import { parseStatement } from '../../capabilities/attestation/index.ts';
import { readSbom, writeCycloneDx } from '../../capabilities/inventory/index.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import { parseVulns, readScanDocument, scanInventory } from '../../capabilities/scanning/index.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';

/** Names that every plain object answers to. */
const INHERITED = ['constructor', '__proto__'];
const FOREIGN = [{ type: 'deb', name: 'tzdata', version: '1.0-1' }] as const;
const FOUND = FOREIGN.map((one) => ({ ...one, id: 'CVE-2026-1', severity: 'high', score: 7 }));
const COMPONENT = debianComponent('tzdata', {
  purl: 'pkg:deb/debian/tzdata@1.0?arch=amd64&distro=debian-12' as never,
  hashes: { sha256: 'ab' },
});
const MAVEN = debianComponent('g:a', {
  purl: 'pkg:maven/g/a@1.0-rc1' as never,
  version: '1.0-rc1',
  source: null,
});
const ABOUT = { mediaType: 'x', digest: `sha256:${'a'.repeat(64)}`, size: 1 } as never;

/** The text with each word, each word with hyphens, and each key in turn replaced by the name. */
function* replaceWords(text: string, name: string): Iterable<string> {
  for (const form of [/(?<![\\\w])[A-Za-z_][\w.]*(?![\w])/g, /[a-z]\w*-[\w.-]+/g])
    for (const { 0: word, index } of text.matchAll(form))
      if (!['true', 'false', 'null'].includes(word))
        yield `${text.slice(0, index)}${name}${text.slice(index + word.length)}`;
}

const readScan = (bytes: Uint8Array) => {
  const read = parseStatement(bytes);
  return read.ok ? parseVulns(read.value.predicate) : read;
};
const cyclonedx = () => {
  const { bytes } = sbomDocument([COMPONENT, MAVEN]);
  const { inventory } = orThrow(readSbom(bytes));
  return writeCycloneDx(inventory, { at: FIXTURE_NOW, tool: { name: 'x', version: '1' } });
};
const osv = {
  id: 'OSV-1',
  modified: '2026-01-01T00:00:00Z',
  aliases: ['CVE-2026-1'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: ['Debian:12 tzdata', 'Maven g:a'].map((pair) => ({
    package: { ecosystem: pair.split(' ')[0], name: pair.split(' ')[1] },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0-rc1' }] }],
  })),
};
const INDEX = worldIndex([osv]);

/** A document, and everything that a gate, a scan or an import does with it. */
const READINGS: readonly [string, () => Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['our SPDX', () => sbomDocument([COMPONENT, MAVEN]).bytes, readAndMatch],
  ['our CycloneDX', cyclonedx, readAndMatch],
  ['SPDX of another tool', () => sbomToolSpdx(FOREIGN, FIXTURE_NOW), readAndMatch],
  ['SARIF', () => trivySarif(FOUND as never), readScanDocument],
  ['a report of Trivy', () => trivyJson(FOUND as never, { at: FIXTURE_NOW }), readScanDocument],
  ['a scan', () => scanDocument(ABOUT, FIXTURE_NOW, [['CVE-1', 'high', 'tzdata']]).bytes, readScan],
  ['an advisory', () => Buffer.from(JSON.stringify(osv)), (bytes) => parseOsv(`${bytes}`)],
];

async function readAndMatch(bytes: Uint8Array): Promise<unknown> {
  const read = readSbom(bytes);
  return read.ok ? scanInventory(read.value.inventory, INDEX, { now: FIXTURE_NOW }) : read;
}

describe('A name in a document is looked up in no object that does not have it', () => {
  it.each(READINGS)('truth B2: no word of %s makes a reader throw', async (_, make, read) => {
    const text = JSON.stringify(JSON.parse(Buffer.from(make()).toString()));
    const changes = INHERITED.flatMap((name) => [...replaceWords(text, name)]);
    expect(changes.length).toBeGreaterThan(30);
    for (const changed of changes) {
      const failure = await attempt(async () => read(Buffer.from(changed)));
      if (!failure.ok) expect.fail(`${failure.failure.message}: ${changed}`);
    }
  });
});

describe('A name in an image is looked up in no object that does not have it', () => {
  let keys: WorldKeys;
  beforeAll(async () => {
    keys = await worldKeys();
  });

  async function decideBeside(change: object): Promise<string> {
    const registry = new MemoryRegistry();
    const subject = pushImage(registry, 'trips');
    const scan = scanDocument(subject, FIXTURE_NOW);
    await signImage(registry, subject, keys.release);
    await attach(registry, subject, sbomDocument([COMPONENT]), keys.release);
    await attach(registry, subject, scan, keys.release);
    await attach(registry, subject, { ...scan, ...change } as typeof scan, null);
    const sources = { source: registry, trust: worldTrust(keys) };
    const evidence = orThrow(await gatherImage(referenceTo(subject), FIXTURE_NOW, sources));
    const known = { trust: worldTrust(keys), advisories: worldIndex(), ...NO_GRAPH };
    const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, known));
    const policy = shopPolicy({ unknownLicense: 'accept' });
    return evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW }).verdict.decision;
  }

  it.each(INHERITED)('truth B2: an artifact of the type `%s` is of no known type', async (name) => {
    expect(await decideBeside({ mediaType: name })).toBe('allow');
  });
});
