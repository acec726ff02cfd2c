import type { Inventory } from '../../ecosystems/index.ts';
import type { SbomOptions } from './sbom-options.ts';
import { type CycloneDxVersion, writeCycloneDxVersion } from './write-cyclonedx.ts';
import { type SpdxVersion, writeSpdxVersion } from './write-spdx.ts';
import { writeSpdx3 } from './write-spdx3.ts';
import { writeTagValue } from './write-tag-value.ts';
import { writeXml } from './write-xml.ts';

type SbomWriter = (inventory: Inventory, options: SbomOptions) => Uint8Array;

const json =
  (version: CycloneDxVersion): SbomWriter =>
  (inventory, options) =>
    writeCycloneDxVersion(version, inventory, options);
const tagValue =
  (version: SpdxVersion): SbomWriter =>
  (inventory, options) =>
    writeTagValue(version, inventory, options);
const xml =
  (version: CycloneDxVersion): SbomWriter =>
  (inventory, options) =>
    writeXml(version, inventory, options);

/** The documents that an inventory is written as, by the word after `--format`. */
export const SBOM_WRITERS = {
  'spdx-json': (inventory, options) => writeSpdxVersion('2.3', inventory, options),
  'spdx-tag-value': tagValue('2.3'),
  'spdx-2.2-json': (inventory, options) => writeSpdxVersion('2.2', inventory, options),
  'spdx-2.2-tag-value': tagValue('2.2'),
  'spdx-3-json': writeSpdx3,
  'cyclonedx-json': json('1.6'),
  'cyclonedx-xml': xml('1.6'),
  'cyclonedx-1.4-json': json('1.4'),
  'cyclonedx-1.4-xml': xml('1.4'),
  'cyclonedx-1.5-json': json('1.5'),
  'cyclonedx-1.5-xml': xml('1.5'),
  'cyclonedx-1.7-json': json('1.7'),
  'cyclonedx-1.7-xml': xml('1.7'),
} as const satisfies Readonly<Record<string, SbomWriter>>;

export type SbomWriterName = keyof typeof SBOM_WRITERS;

export const SBOM_WRITER_NAMES = Object.keys(SBOM_WRITERS) as readonly SbomWriterName[];
