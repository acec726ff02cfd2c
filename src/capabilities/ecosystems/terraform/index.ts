import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { Ecosystem } from '../ecosystem.ts';
import type { Extraction, Extractor } from '../extractor.ts';
import { createDeclarationReader } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';
import { declareProvider, draftProvider, readTerraformLock } from './terraform-lock.ts';

const NAME = '.terraform.lock.hcl';

/** Providers of Terraform and OpenTofu, as the lock names them; modules are in no lock. */
const terraformLock: Extractor = {
  name: 'terraform-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: [NAME] }),
  extract: ({ path, bytes }): Extraction => {
    const drafts = orThrow(readTerraformLock(bytes)).map((one) => draftProvider(one, path));
    return { drafts, skips: [], direct: drafts.map(({ key }) => key) };
  },
};

export const terraform: Ecosystem = {
  name: 'terraform',
  purlTypes: ['terraform'],
  extractors: [terraformLock],
  markers: [{ pattern: /(?:^|\/)\.terraform\.lock\.hcl$/, means: 'read' }],
  declarations: createDeclarationReader({
    wants: terraformLock.wants,
    read: (file, bytes) => {
      const lock = readTerraformLock(bytes);
      if (!lock.ok) return lock;
      const dependencies = lock.value.map((one) => declareProvider(one, file));
      return { ok: true, value: { dependencies, notLookedAt: [] } };
    },
  }),
};
