import { describe, expect, it } from 'vitest';
import { almaBase, apkBase } from '../../../../test/support/app-images.ts';
import { file } from '../../../../test/support/images.ts';
import { inventoryLayers } from '../../../../test/support/package-layers.ts';
import { packHeader, packNdb } from '../../../../test/support/rpm-database.ts';
import type { TarItem } from '../../../../tools/image/tar.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { readSbom } from '../../inventory/sbom/read-sbom.ts';
import { writeCycloneDx } from '../../inventory/sbom/write-cyclonedx.ts';
import { writeSpdx } from '../../inventory/sbom/write-spdx.ts';
import type { Inventory } from '../component.ts';

const MODULAR = packHeader({
  name: 'nodejs',
  version: '18.18.2',
  release: '2.module_el8.9.0+3731+490e3ce8',
  epoch: 1,
  vendor: 'Shop <rpm@example.com>',
  licence: 'MIT',
  sourceRpm: 'nodejs-18.18.2-2.module_el8.9.0+3731+490e3ce8.src.rpm',
  module: 'nodejs:18:8090020231019152822:a75119d5',
});
const modular: readonly TarItem[] = [
  file('etc/os-release', 'ID="almalinux"\nVERSION_ID="8.9"\n'),
  file('var/lib/rpm/Packages.db', packNdb([MODULAR])),
];

/** What a scan needs of a component. */
const summarize = ({ components, outcome }: Inventory): unknown => [
  outcome,
  components.map(({ purl, version, source, licenses, hashes, dependsOn, supplier }) => [
    purl,
    supplier,
    version,
    source,
    licenses,
    hashes,
    dependsOn,
  ]),
];

describe('X12: an SBOM of a system says what its image says', () => {
  it.each([
    ['Alpine', apkBase('alpine', '3.18.4')],
    ['AlmaLinux', almaBase()],
    ['a module with an epoch', modular],
  ])('%s, in both formats', async (_, items) => {
    const inventory = await inventoryLayers([items]);
    expect(inventory).toMatchObject({ outcome: 'complete' });
    const options = { tool: { name: 'waybill', version: '1' }, at: toInstant(0) };
    for (const text of [writeCycloneDx(inventory, options), writeSpdx(inventory, options)])
      expect(summarize(orThrow(readSbom(Buffer.from(text))).inventory)).toEqual(
        summarize(inventory),
      );
  });

  it('names the source package to other tools as they write it', async () => {
    const inventory = await inventoryLayers([modular]);
    expect(inventory.components[0]?.purl).toBe(
      'pkg:rpm/almalinux/nodejs@18.18.2-2.module_el8.9.0%2B3731%2B490e3ce8?arch=x86_64&distro=almalinux-8.9&epoch=1&rpmmod=nodejs:18:8090020231019152822:a75119d5',
    );
    const text = writeCycloneDx(inventory, {
      tool: { name: 'waybill', version: '1' },
      at: toInstant(0),
    });
    expect(Buffer.from(text).toString()).toContain(
      '&upstream=nodejs-18.18.2-2.module_el8.9.0%2B3731%2B490e3ce8.src.rpm',
    );
  });
});
