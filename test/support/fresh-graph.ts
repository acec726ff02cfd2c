import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  openReader,
  openWriter,
  type Reader,
  type Writer,
} from '../../src/adapters/graph-sql/index.ts';
import type { GraphPorts } from '../../src/capabilities/graph/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { findGraphPlace, removeGraphPlace } from './graph-place.ts';

/** A new graph on disk for every test of a file, with its writer and a reader. */
export interface FreshGraph {
  readonly writer: Writer;
  readonly reader: Reader;
  /** Where its files are: `graph.db`. */
  readonly folder: string;
}

export function freshGraph(ports: GraphPorts): FreshGraph {
  let open: FreshGraph | null = null;
  const current = () => {
    if (open === null) throw new Error('a graph is there within a test alone');
    return open;
  };
  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-graph-'));
    const path = join(folder, 'graph.db');
    const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports }));
    open = {
      folder,
      writer,
      reader: orThrow(await openReader({ ...findGraphPlace(path), ports })),
    };
  });
  afterEach(async () => {
    const { reader, writer, folder } = current();
    open = null;
    await reader.close();
    await writer.close();
    removeGraphPlace(join(folder, 'graph.db'));
    rmSync(folder, { recursive: true });
  });
  return {
    get writer() {
      return current().writer;
    },
    get reader() {
      return current().reader;
    },
    get folder() {
      return current().folder;
    },
  };
}
