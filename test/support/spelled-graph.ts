import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader, openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Instant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { findGraphPlace } from './graph-place.ts';

/** A graph in a folder of its own, which knows one SBOM of one image. */
export async function openSpelledGraph(sbom: Buffer, image: Digest, at: Instant) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-spellings-'));
  const path = join(folder, 'graph.db');
  const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports: graphPorts }));
  const document = { kind: 'sbom', mediaType: 'application/json', body: sbom } as const;
  orThrow(await writer.append([{ ...document, subject: image }], at));
  await writer.close();
  return {
    folder,
    reader: orThrow(await openReader({ ...findGraphPlace(path), ports: graphPorts })),
  };
}
