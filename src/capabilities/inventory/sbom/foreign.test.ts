import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../../test/support/test-data.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { ParsedSbom } from './component-collector.ts';
import { readSbom } from './read-sbom.ts';
import { recogniseSbom } from './recognise-sbom.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

const guac = testData('vectors/documents/guac');
const scalibr = testData('vectors/inventory/scalibr/sbom');
const dockerHub = testData('sboms/sboms-top-dockerhub.ndjson.gz');
const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };

/** Silent: nothing is in doubt, and the document does not say whether it lists everything. */
function describeState({ claim, inventory }: ParsedSbom): string {
  return claim === null && inventory.skips.length === 1 ? 'silent' : inventory.outcome;
}

/** Name, format, components, state: counted by hand or with jq. */
const DOCUMENTS: readonly (readonly [string, string, number, 'silent' | 'partial'])[] = [
  ['alpine-cyclonedx.json', 'cyclonedx-1.4', 14, 'silent'],
  ['alpine-small-spdx.json', 'spdx-2.2', 3, 'silent'],
  ['alpine-spdx.json', 'spdx-2.2', 14, 'silent'],
  ['big-mongo-cyclonedx.json', 'cyclonedx-1.4', 173, 'silent'],
  ['busybox-cyclonedx.json', 'cyclonedx-1.4', 0, 'silent'],
  ['cdx-v1.4.json', 'cyclonedx-1.4', 0, 'partial'],
  ['cyclonedx-1.7.json', 'cyclonedx-1.7', 1, 'silent'],
  ['cyclonedx-components-flat.json', 'cyclonedx-1.4', 2, 'silent'],
  ['cyclonedx-components-nested.json', 'cyclonedx-1.4', 2, 'silent'],
  ['cyclonedx-no-top-level.json', 'cyclonedx-1.4', 1, 'silent'],
  ['cyclonedx-unaffected-vex.json', 'cyclonedx-1.4', 0, 'partial'],
  ['cyclonedx-vex-affected.json', 'cyclonedx-1.4', 0, 'partial'],
  ['distroless-cyclonedx.json', 'cyclonedx-1.4', 3, 'silent'],
  ['cyclonedx-vex.xml', 'cyclonedx-1.5', 0, 'partial'],
  ['laravel-cyclonedx.xml', 'cyclonedx-1.3', 62, 'silent'],
  ['go-spdx-multi-arch_1.json', 'spdx-2.2', 0, 'partial'],
  ['invalid-spdx-identifier-spdx.json', 'spdx-2.2', 0, 'partial'],
  ['npm-cyclonedx-dependencies-missing-depends-on.json', 'cyclonedx-1.4', 1, 'silent'],
  ['oci-kubectl-linux-amd64-spdx.json', 'spdx-2.2', 88, 'silent'],
  ['oci-spdx.json', 'spdx-2.2', 15, 'silent'],
  ['quarkus-deps-cyclonedx.json', 'cyclonedx-1.4', 94, 'silent'],
  ['small-legal-cyclonedx.json', 'cyclonedx-1.4', 5, 'partial'],
  ['small-spdx.json', 'spdx-2.2', 0, 'partial'],
];

describe.skipIf(guac === null)('documents that other tools wrote', () => {
  const load = (name: string): Uint8Array => readFileSync(join(guac ?? '', name));

  it.each(DOCUMENTS)('B2: %s is %s with %i components, %s', (name, format, count, state) => {
    const reading = orThrow(readSbom(load(name)));
    const { format: read, inventory } = reading;
    expect([read, inventory.components.length, describeState(reading)]).toEqual([
      format,
      count,
      state,
    ]);
    expect(inventory.outcome).toBe('partial');
    expect(recogniseSbom(load(name))?.standard).toBe(format.replace(/-.*/, ''));
  });

  it.each(['invalid-spdx.json', 'invalid-cyclonedx.json', 'certify-vuln.json'])(
    '%s is not read as an SBOM',
    (name) => {
      const result = readSbom(load(name));
      expect(result.ok ? 'read' : result.failure.code).toBe('UNSUPPORTED');
    },
  );

  it('Every other document is read or refused with a typed failure', () => {
    for (const name of readdirSync(guac ?? ''))
      expect(() => readSbom(load(name)), name).not.toThrow();
  });

  it("Syft's claims are read: image digest, tool, time, licences, layer and places", () => {
    const reading = orThrow(readSbom(load('big-mongo-cyclonedx.json')));
    const apt = reading.inventory.components.find(({ name }) => name === 'apt');
    expect(reading.subject).toBe(
      'sha256:fd73df9425bd48f25d7e913422af8124a6eadbd5d99f67bbd4a8b121f59b1187',
    );
    expect(reading.tool).toBe('syft-0.58.0');
    expect(reading.createdAt).not.toBeNull();
    expect(reading.inventory.os).toEqual({
      id: 'ubuntu',
      versionId: '20.04',
      prettyName: 'Ubuntu 20.04.5 LTS',
    });
    expect(apt).toMatchObject({
      purl: 'pkg:deb/ubuntu/apt@2.0.9?arch=amd64&distro=ubuntu-20.04',
      licenses: ['GPL-2.0-only'],
      layer: 'sha256:cdca8156a203b9719f985c3114336529115cdc392f89d45cfcd37c968ddd3645',
      source: { name: 'apt', version: '2.0.9' },
    });
    expect(apt?.locations).toContain('/usr/share/doc/apt/copyright');
  });
});

describe.skipIf(scalibr === null)('SBOMs of the osv-scalibr test data', () => {
  it.each([
    ['spdx/testdata/minimal.spdx.json', 0, 'partial'],
    ['spdx/testdata/purl_and_cpe.spdx.json', 2, 'silent'],
    ['spdx/testdata/descendant_of.spdx.json', 1, 'partial'],
    ['spdx/testdata/dhi/.spdx.dhi-python.json', 0, 'partial'],
    ['spdx/testdata/sbom.spdx', 1, 'partial'],
    ['cdx/testdata/sbom.cdx.xml', 1, 'partial'],
    ['cdx/testdata/sbom.bom.xml', 1, 'partial'],
    ['cdx/testdata/sbom-with-nested-comps.cdx.json', 2, 'partial'],
    ['cdx/testdata/sbom-with-locations.cdx.json', 1, 'silent'],
  ])('%s has %i components and is %s', (name, count, state) => {
    const reading = orThrow(readSbom(readFileSync(join(scalibr ?? '', name))));
    expect([reading.inventory.components.length, describeState(reading)]).toEqual([count, state]);
  });
});

interface HubPackage {
  readonly n: string;
  readonly v?: string;
  readonly purl?: string;
  readonly lic?: string;
}

describe.skipIf(dockerHub === null)('the packages of 41 Docker Hub images', () => {
  const lines =
    dockerHub === null
      ? []
      : gunzipSync(readFileSync(dockerHub)).toString('utf8').trim().split('\n');
  const images = lines.map(
    (line) => JSON.parse(line) as { image: string; packages: readonly HubPackage[] },
  );
  const writeSyftSpdx = ({ image, packages }: (typeof images)[number]): Uint8Array =>
    Buffer.from(
      JSON.stringify({
        spdxVersion: 'SPDX-2.2',
        name: image,
        creationInfo: { created: '2022-10-05T15:54:16Z', creators: ['Tool: syft-0.57.0'] },
        packages: packages.map(({ n, v, purl, lic }, at) => ({
          SPDXID: `SPDXRef-${at}`,
          name: n,
          versionInfo: v,
          licenseDeclared: lic ?? 'NOASSERTION',
          externalRefs:
            purl === undefined ? [] : [{ referenceType: 'purl', referenceLocator: purl }],
        })),
      }),
    );

  it('X12: every package that has a purl and a version is read, and survives both formats', () => {
    let read = 0;
    for (const image of images) {
      const { inventory } = orThrow(readSbom(writeSyftSpdx(image)));
      const named = image.packages.flatMap(({ purl }) =>
        purl?.includes('@') === true ? [purl] : [],
      );
      const states = new Set(named.map((purl) => purl.replace(/[?#].*/, '')));
      const reads = new Set(inventory.components.map(({ purl }) => purl.replace(/[?#].*/, '')));
      expect(reads.size, image.image).toBe(states.size);
      for (const write of [writeSpdx, writeCycloneDx]) {
        const again = orThrow(readSbom(write(inventory, made)));
        expect(again.inventory.components, image.image).toEqual(inventory.components);
        expect(again.inventory.outcome).toBe(inventory.outcome);
      }
      read += inventory.components.length;
    }
    expect(images).toHaveLength(41);
    expect(read).toBeGreaterThan(4_000);
  });
});
