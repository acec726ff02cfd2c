import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildArtifact, EMPTY_CONTENT, toContent } from '../../src/capabilities/registry/index.ts';
import { TRIVY_REPORT_TYPE } from '../../src/capabilities/scanning/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { formatInstant, type Instant, toInstant } from '../../src/core/instant.ts';
import { stageSignature } from '../../src/phases/build/stage.ts';
import { StagingArea } from '../../src/phases/build/staging.ts';
import type { TestKey } from '../support/certificates.ts';
import { CommandHere } from '../support/command-line.ts';
import {
  claimedCycloneDx,
  type ForeignFinding,
  type ForeignPackage,
  sbomToolSpdx,
  trivyJson,
  trivySarif,
} from '../support/foreign-documents.ts';
import { HOUR_MS, Scene } from '../support/scene.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';

/**
 * The layout of the published reference implementation for AKS. Only the notation signature is made
 * by our code.
 */
const PACKAGES: readonly ForeignPackage[] = [{ type: 'npm', name: 'left-pad', version: '1.3.0' }];
const DEBIAN: readonly ForeignPackage[] = [
  { type: 'deb', name: 'tzdata', version: '2024a-0+deb12u1' },
];
const CRITICAL: ForeignFinding = {
  id: 'CVE-2024-0001',
  type: 'npm',
  name: 'left-pad',
  version: '1.3.0',
  severity: 'CRITICAL',
  score: 9.8,
};
const NPM = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'right-pad' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
    },
  ],
};
let scene: Scene;
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  scene = await Scene.open();
  await scene.advisories([...ADVISORIES, NPM]);
  folder = mkdtempSync(join(tmpdir(), 'waybill-own-'));
  line = new CommandHere(folder);
  await scene.serve();
});
afterAll(async () => {
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Attachment {
  readonly artifactType: string;
  /** A report that names its image is made for it. */
  readonly bytes: Uint8Array | ((image: string) => Uint8Array);
  readonly createdAt: Instant | null;
  readonly key: TestKey | null;
}

/** `oras attach --artifact-type TYPE IMAGE FILE`, then `notation sign` of the new manifest. */
async function attach(
  name: string,
  subject: Descriptor,
  { artifactType, bytes, createdAt, key }: Attachment,
): Promise<string> {
  const staging = new StagingArea(scene.client, formatRepository(scene.reference(name)), subject);
  const content = toContent(
    artifactType,
    typeof bytes === 'function' ? bytes(subject.digest) : bytes,
  );
  const manifest = buildArtifact({
    artifactType,
    layers: [
      { ...content.descriptor, annotations: { 'org.opencontainers.image.title': 'file.json' } },
    ],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations:
      createdAt === null ? {} : { 'org.opencontainers.image.created': formatInstant(createdAt) },
  });
  staging.add({ kind: 'sbom', subject: subject.digest, blobs: [EMPTY_CONTENT, content], manifest });
  if (key !== null) await stageSignature(staging, manifest.descriptor, key, now());
  await scene.pushStaged(name, staging);
  return manifest.descriptor.digest;
}

const trusting = () => ['--trust', scene.config.trust, '--notation', scene.config.notation];
const now = (): Instant => toInstant(Date.now());
const hoursAgo = (hours: number): Instant => toInstant(Date.now() - hours * HOUR_MS);

/** `trivy image -f json` of the image that it is attached to. */
const makeTrivyReport = (findings: readonly ForeignFinding[], at: Instant) => (image: string) =>
  trivyJson(findings, { at, repoDigests: [`registry.example.com/shop/trips@${image}`] });

/** `trivy image -f sarif` of it. */
const makeTrivySarif = (findings: readonly ForeignFinding[]) => (image: string) =>
  trivySarif(findings, [`registry.example.com/shop/trips@${image}`]);

interface Layout {
  readonly imageKey?: TestKey | null;
  readonly sbom?: Partial<Attachment> | null;
  readonly scan?: Partial<Attachment> | null;
}

async function layout(
  name: string,
  { imageKey = scene.release, sbom = {}, scan = {} }: Layout = {},
): Promise<Descriptor> {
  const subject = await scene.push(name, [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  const signing = new StagingArea(scene.client, formatRepository(scene.reference(name)), subject);
  if (imageKey !== null) await stageSignature(signing, subject, imageKey, now());
  await scene.pushStaged(name, signing);
  const made = { createdAt: hoursAgo(1), key: scene.release };
  const claimed = {
    artifactType: 'application/vnd.cyclonedx+json',
    bytes: claimedCycloneDx(PACKAGES, hoursAgo(1)),
    ...made,
  };
  const sarif = { artifactType: 'application/sarif+json', bytes: makeTrivySarif([]), ...made };
  if (sbom !== null) await attach(name, subject, { ...claimed, ...sbom });
  if (scan !== null) await attach(name, subject, { ...sarif, ...scan });
  return subject;
}

const admit = (name: string, { digest }: Descriptor) =>
  scene.admit(`${scene.registry.registry}/shop/${name}@${digest}`);

describe('The reference layout: notation, sbom-tool, oras and Trivy, without Waybill', () => {
  it('I1, I10, I11, I12, I13, I17, I18: is admitted by its trusted identity', async () => {
    expect(await admit('own', await layout('own'))).toMatchObject({ allowed: true });
  });

  it('I11: is admitted with Trivy JSON instead of SARIF; the JSON states its time', async () => {
    const bytes = makeTrivyReport([], hoursAgo(2));
    const scan = { artifactType: TRIVY_REPORT_TYPE, bytes, createdAt: null };
    expect(await admit('own-json', await layout('own-json', { scan }))).toMatchObject({
      allowed: true,
    });
  });

  const stranger = () => scene.stranger;
  const DENIED: readonly (readonly [string, () => Layout, RegExp])[] = [
    ['an unsigned image', () => ({ imageKey: null }), /I17-signed-image .*carries no signature/],
    [
      'an image signed with another subject',
      () => ({ imageKey: stranger() }),
      /I17-signed-image .*CN=somebody-else/,
    ],
    ['an unsigned SBOM', () => ({ sbom: { key: null } }), /I18-signed-sbom .*not signed/],
    [
      'an SBOM signed with another subject',
      () => ({ sbom: { key: stranger() } }),
      /I18-signed-sbom .*CN=somebody-else/,
    ],
    ['no SBOM', () => ({ sbom: null }), /I18-signed-sbom .*no SBOM is attached/],
    ['no scan', () => ({ scan: null }), /I18-scan-fresh .*no scan is attached/],
    [
      'a scan of two days ago',
      () => ({ scan: { createdAt: hoursAgo(48) } }),
      /I18-scan-fresh .*48 h old/,
    ],
    [
      'a scan signed with another subject',
      () => ({ scan: { key: stranger() } }),
      /I18-scan-fresh .*CN=somebody-else/,
    ],
    [
      'SARIF that shows a critical finding',
      () => ({ scan: { bytes: makeTrivySarif([CRITICAL]) } }),
      /B23-no-critical-finding .*CVE-2024-0001/,
    ],
    [
      'Trivy JSON that shows a critical finding',
      () => ({
        scan: {
          artifactType: TRIVY_REPORT_TYPE,
          bytes: makeTrivyReport([CRITICAL], hoursAgo(1)),
        },
      }),
      /B23-no-critical-finding .*CVE-2024-0001 in left-pad/,
    ],
    [
      'a Trivy report whose own time is older than that of its manifest',
      () => ({
        scan: { artifactType: TRIVY_REPORT_TYPE, bytes: makeTrivyReport([], hoursAgo(48)) },
      }),
      /I18-scan-fresh .*48 h old/,
    ],
  ];
  it.each(DENIED)('I17, I18: is denied with %s', async (what, change, message) => {
    const name = `own-${DENIED.findIndex(([title]) => title === what)}`;
    const denied = await admit(name, await layout(name, change()));
    expect(denied).toMatchObject({ allowed: false });
    expect(denied.status?.message).toMatch(message);
  });

  it.each([
    [
      'a Trivy report that names no image',
      () => ({ artifactType: TRIVY_REPORT_TYPE, bytes: trivyJson([], { at: hoursAgo(1) }) }),
    ],
    ['SARIF without a time', () => ({ createdAt: null })],
    [
      'a Trivy report about another image',
      () => ({
        artifactType: TRIVY_REPORT_TYPE,
        bytes: trivyJson([], { at: hoursAgo(1), imageId: `sha256:${'e'.repeat(64)}` }),
      }),
    ],
    [
      'a truncated Trivy report',
      () => ({
        artifactType: TRIVY_REPORT_TYPE,
        bytes: trivyJson([], { at: hoursAgo(1) }).subarray(0, 200),
      }),
    ],
    [
      'a Trivy report with the type of SARIF, without results',
      () => ({ bytes: Buffer.from('{}') }),
    ],
  ])('A63, I18: is not admitted with %s', async (what, scan) => {
    const name = `odd-${what.replaceAll(/[^a-z]/g, '').slice(0, 40)}`;
    expect(await admit(name, await layout(name, { scan: scan() }))).toMatchObject({
      allowed: false,
    });
  });

  const spdx = (packages: readonly ForeignPackage[]): Partial<Attachment> => ({
    artifactType: 'application/spdx+json',
    bytes: sbomToolSpdx(packages, hoursAgo(1)),
  });

  it('truth A2, I10: is undetermined with an SPDX of sbom-tool, which claims nothing', async () => {
    const refused = await admit('own-spdx', await layout('own-spdx', { sbom: spdx(PACKAGES) }));
    expect(refused).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(refused.status?.message).toMatch(
      /sbom-complete .*does not say whether it lists everything.*fix: Attach an SBOM that says/,
    );
  });

  it('I10: is undetermined when an SBOM omits the release and source of packages', async () => {
    const refused = await admit(
      'own-deb',
      await layout('own-deb', { sbom: { bytes: claimedCycloneDx(DEBIAN, hoursAgo(1)) } }),
    );
    expect(refused).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(refused.status?.message).toMatch(
      /B23-no-critical-finding .*does not cover all components/,
    );
    const { stdout } = await line.run(
      'verify',
      `${scene.registry.registry}/shop/own-deb:1.0`,
      ...trusting(),
    );
    expect(stdout).toMatch(/lacks: it has packages of a system and does not name the system/);
    expect(stdout).toMatch(/lacks: 1 of 1 Debian package without a source package/);
  });

  it('I10, I11: verify says what each document lacks', async () => {
    await layout('told');
    const args = trusting();
    const image = `${scene.registry.registry}/shop/told:1.0`;
    const { answer } = await line.json<{
      documents: readonly { kind: string; lacks: readonly string[] }[];
    }>('verify', image, ...args);
    const lacks = (kind: string) =>
      answer.documents.find((one) => one.kind === kind)?.lacks.join('\n');
    expect(lacks('sbom')).toMatch(/names no image digest[\s\S]*1 of 1 component without a licence/);
    expect(lacks('scan')).toMatch(
      /does not say when it was made[\s\S]*shows presence and never absence/,
    );
    expect((await line.run('verify', image, ...args)).stdout).toContain(
      '    lacks: it names no image digest',
    );
  });

  it('I10: sbom and scan of a file say what it lacks, and name what is unknown', async () => {
    writeFileSync(join(folder, 'bare.json'), sbomToolSpdx(DEBIAN, hoursAgo(1)));
    for (const command of ['sbom', 'scan'])
      expect((await line.run(command, 'bare.json')).stderr).toMatch(
        /does not say whether it lists everything[\s\S]*lacks: it has packages of a system and does not name the system/,
      );
    const { answer } = await line.json<{ targets: readonly { lacks: readonly string[] }[] }>(
      'sbom',
      'bare.json',
    );
    expect(answer.targets[0]?.lacks).toContain('it does not say whether it lists everything');
    const nameless = {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ type: 'library', name: 'libssl3' }],
    };
    writeFileSync(join(folder, 'nameless.json'), JSON.stringify(nameless));
    const refused = await line.run('scan', 'nameless.json');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain(
      'the components of nameless.json are unknown: 1 package without a package URL: libssl3',
    );
  });

  it('I10, I11: a graph import says the same, and finds the image of a report', async () => {
    const digest = `sha256:${'d'.repeat(64)}`;
    const about = {
      at: hoursAgo(1),
      imageId: `sha256:${'c'.repeat(64)}`,
      repoDigests: [`registry.example.com/shop/trips@${digest}`],
    };
    writeFileSync(join(folder, 'trivy.json'), trivyJson([CRITICAL], about));
    writeFileSync(join(folder, 'sbom.json'), sbomToolSpdx(PACKAGES, hoursAgo(1)));
    writeFileSync(join(folder, 'scan.sarif'), trivySarif([{ ...CRITICAL, severity: 'UNKNOWN' }]));
    const { stdout } = await line.run(
      'graph',
      'import',
      'trivy.json',
      'sbom.json',
      'scan.sarif',
      '--format',
      'json',
    );
    const [trivy, sbom, sarif] = stdout
      .trim()
      .split('\n')
      .map(
        (text) =>
          JSON.parse(text) as { kind: string; subject: string | null; lacks: readonly string[] },
      );
    expect(trivy).toMatchObject({ kind: 'scan', subject: digest });
    expect(trivy?.lacks).toEqual([
      'it does not say what it covered, so it shows presence and never absence',
    ]);
    expect(sbom).toMatchObject({ kind: 'sbom', subject: null });
    expect(sarif?.lacks.join('\n')).toContain('1 of 1 finding without a package URL');
  });
});
