import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
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
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { HOUR_MS, shopPolicy } from '../../../test/support/policy-facts.ts';
import { evaluate } from '../../capabilities/policy/index.ts';
import { TRIVY_REPORT_TYPE } from '../../capabilities/scanning/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseDocument } from '../../phases/build/documents.ts';
import { buildImageFacts } from '../facts/facts.ts';
import { gatherImage } from './gather.ts';

const policy = shopPolicy({ unknownLicense: 'accept' });
const HOUR_AGO = later(-HOUR_MS);
const SBOM = sbomDocument([debianComponent('tzdata')]);
const TYPES = {
  cyclonedx: 'application/vnd.cyclonedx+json',
  spdx: 'application/spdx+json',
  sarif: 'application/sarif+json',
  trivy: TRIVY_REPORT_TYPE,
} as const;
let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

type Json = Readonly<Record<string, unknown>>;
/** What a signed manifest says about a document does not make up for what the document lacks. */
const document = (
  kind: 'sbom' | 'scan',
  type: keyof typeof TYPES,
  json: Json,
): ReleaseDocument => ({
  kind,
  mediaType: TYPES[type],
  bytes: Buffer.from(JSON.stringify(json)),
  createdAt: HOUR_AGO,
  outcome: 'complete',
});

type Scan = ReleaseDocument | ((subject: Descriptor) => ReleaseDocument);

/** An attested scan of the image that it is attached to, with a change to its scanner. */
const attested =
  (change: Json) =>
  (subject: Descriptor): ReleaseDocument => {
    const document = scanDocument(subject, HOUR_AGO);
    const statement = JSON.parse(new TextDecoder().decode(document.bytes)) as {
      predicate: { scanner: Json };
    };
    statement.predicate.scanner = { ...statement.predicate.scanner, ...change };
    return { ...document, bytes: Buffer.from(JSON.stringify(statement)) };
  };

interface Documents {
  readonly sbom?: ReleaseDocument;
  readonly scan?: Scan;
}

async function judge({ sbom = SBOM, scan = attested({}) }: Documents) {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, sbom, keys.release);
  const attached = typeof scan === 'function' ? scan(subject) : scan;
  await attach(registry, subject, attached, keys.release, HOUR_AGO);
  const trust = worldTrust(keys);
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  const facts = orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
  const { verdict } = evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW });
  const open = verdict.results.filter((one) => one.outcome !== 'holds');
  return {
    decision: verdict.decision,
    open: open.map(({ rule }) => rule),
    said: open.map(({ message }) => message).join('\n'),
  };
}

const COMPONENT = {
  type: 'library',
  'bom-ref': 'tz',
  name: 'tzdata',
  version: '1.0',
  purl: 'pkg:deb/debian/tzdata@1.0?arch=amd64&distro=debian-12',
  properties: [
    { name: 'waybill:source:name', value: 'tzdata' },
    { name: 'waybill:source:version', value: '1.0' },
  ],
};
const cyclonedx = (change: Json): ReleaseDocument =>
  document('sbom', 'cyclonedx', {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'container', 'bom-ref': 'image', name: 'trips' } },
    components: [COMPONENT],
    ...change,
  });
const CLAIM = { compositions: [{ aggregate: 'complete', assemblies: ['image'] }] };

describe('truth A2: completeness is a claim that the document makes', () => {
  it('the accepted case: a CycloneDX document of another tool that claims it', async () => {
    expect(await judge({ sbom: cyclonedx(CLAIM) })).toMatchObject({ decision: 'allow', open: [] });
  });

  it.each<[string, ReleaseDocument]>([
    ['CycloneDX without compositions', cyclonedx({})],
    ['an empty CycloneDX', cyclonedx({ components: [] })],
    [
      'a composition that does not specify',
      cyclonedx({ compositions: [{ aggregate: 'not_specified', assemblies: ['image'] }] }),
    ],
    [
      'a claim about one part',
      cyclonedx({ compositions: [{ aggregate: 'complete', assemblies: ['tz'] }] }),
    ],
    [
      'an SPDX of another tool',
      document('sbom', 'spdx', { spdxVersion: 'SPDX-2.3', name: 'trips', packages: [] }),
    ],
  ])('sbom-complete, B23: %s is not known to be complete', async (_what, sbom) => {
    const judged = await judge({ sbom });
    expect(judged.decision).toBe('undetermined');
    expect(judged.open).toEqual(
      expect.arrayContaining(['B23-no-critical-finding', 'sbom-complete']),
    );
    expect(judged.said).toContain('it does not say whether it lists everything');
  });

  it('sbom-complete, B23: a claim about an empty list is a claim about nothing', async () => {
    const judged = await judge({ sbom: cyclonedx({ components: [], ...CLAIM }) });
    expect(judged.decision).not.toBe('allow');
    expect(judged.open).toEqual(
      expect.arrayContaining(['B23-no-critical-finding', 'sbom-complete']),
    );
    expect(judged.said).toContain('nothing shows that its tool looked at anything');
  });

  it('a document that says that it is partial is refused, not undetermined', async () => {
    const sbom = cyclonedx({ compositions: [{ aggregate: 'incomplete', assemblies: ['image'] }] });
    expect(await judge({ sbom })).toMatchObject({ decision: 'deny' });
  });
});

const sarif = (run: Json): ReleaseDocument =>
  document('scan', 'sarif', {
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'x' } }, ...run }],
  });
const ended = (executionSuccessful: boolean) => [
  { executionSuccessful, endTimeUtc: formatInstant(HOUR_AGO) },
];
const trivy = (change: Json): ReleaseDocument =>
  document('scan', 'trivy', {
    SchemaVersion: 2,
    CreatedAt: formatInstant(HOUR_AGO),
    ArtifactName: 'trips',
    ArtifactType: 'container_image',
    Metadata: {},
    Results: [{ Target: 'x', Class: 'os-pkgs', Type: 'debian' }],
    ...change,
  });

describe('truth A2, I18: a report is about a subject and ends well, or it is no scan', () => {
  it('the accepted case: SARIF of a run that ended well and found nothing', async () => {
    const scan = sarif({ results: [], invocations: ended(true) });
    expect(await judge({ scan })).toMatchObject({ decision: 'allow' });
  });

  it.each<[string, Scan, RegExp]>([
    ['SARIF without results', sarif({}), /has no results/],
    ['SARIF with null results', sarif({ results: null }), /has no results/],
    ['a run that failed', sarif({ results: [], invocations: ended(false) }), /that it succeeded/],
    [
      'SARIF that names no image and no end',
      sarif({ results: [] }),
      /names no image that it scanned, and does not say that the scan ended/,
    ],
    ['an attested scan by nobody', attested({ uri: ' ' }), /names no scanner/],
    ['an attested scan against nothing', attested({ db: {} }), /names no database/],
    ['a Trivy report of no named image', trivy({}), /no digest of the image/],
    ['a Trivy report of a folder', trivy({ ArtifactType: 'filesystem' }), /filesystem/],
  ])('I18-scan-fresh: %s is no scan', async (_what, scan, why) => {
    const judged = await judge({ scan });
    expect(judged).toMatchObject({ open: ['I18-scan-fresh'] });
    expect(judged.decision).not.toBe('allow');
    expect(judged.said).toMatch(why);
  });

  it('a Trivy report of another image is rejected', async () => {
    const scan = trivy({ Metadata: { ImageID: `sha256:${'e'.repeat(64)}` } });
    expect((await judge({ scan })).open).toContain('I18-scan-fresh');
  });

  it('a run that failed still proves what it found', async () => {
    const properties = { 'security-severity': '9.8', tags: ['vulnerability'] };
    const driver = { name: 'x', rules: [{ id: 'CVE-2026-7777', properties }] };
    const results = [{ ruleId: 'CVE-2026-7777' }];
    const scan = sarif({ tool: { driver }, results, invocations: ended(false) });
    expect((await judge({ scan })).open).toEqual(['B23-no-critical-finding', 'I18-scan-fresh']);
  });
});
