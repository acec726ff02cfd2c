import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeJson, graphPorts as ports } from '../../../test/support/graph-ports.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { copyGraph, openWriter } from './index.ts';

let folder: string;
const at = (name: string) => join(folder, `${name}.db`);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function append(name: string, ...documents: readonly number[]): Promise<void> {
  const writer = orThrow(await openWriter({ path: at(name), ports }));
  for (const document of documents) {
    const body = { complete: true, components: [{ purl: `pkg:npm/part-${document}@1` }] };
    const input = { kind: 'sbom', mediaType: 'application/json', body: encodeJson(body) } as const;
    const subject = sha256(`image ${document}`);
    orThrow(await writer.append([{ ...input, subject }], toInstant(1_000 + document)));
  }
  await writer.close();
}

const copy = (signal = new AbortController().signal) =>
  copyGraph({ path: at('from') }, { path: at('to'), ports }, { signal, progress: () => undefined });

it('a copy is equal, with its times; later it goes on where it ended', async () => {
  await append('from', 1, 2);
  const first = orThrow(await copy());
  expect(first).toMatchObject({ documents: 2, copied: 2 });
  await append('from', 3);
  const second = orThrow(await copy());
  expect(second).toMatchObject({ documents: 3, copied: 1 });
  expect(second.export).not.toBe(first.export);
});

it('a copy that was stopped has left what is whole', async () => {
  await append('from', 1, 2);
  expect(await copy(AbortSignal.abort())).toMatchObject({ ok: false });
  expect(orThrow(await copy())).toMatchObject({ documents: 2, copied: 2 });
});

it('a target with another log, or a longer one, is refused and left as it is', async () => {
  await append('from', 1, 2);
  const refused = { ok: false, failure: { code: 'EVIDENCE_REJECTED' } };
  await append('to', 7);
  expect(await copy()).toMatchObject(refused);
  rmSync(at('to'));
  await append('to', 1, 2, 3);
  expect(await copy()).toMatchObject(refused);
});

it('a copy whose graph differs is not called equal', async () => {
  await append('from', 1);
  orThrow(await copy());
  const database = new DatabaseSync(at('to'));
  database.exec("update package set name = 'forged'");
  database.close();
  expect(await copy()).toMatchObject({ ok: false, failure: { code: 'STORE_CORRUPT' } });
});

it('a document that was changed in the source is not copied', async () => {
  await append('from', 1);
  const database = new DatabaseSync(at('from'));
  database.exec("update document set body = x'7b7d'");
  database.close();
  expect(await copy()).toMatchObject({ ok: false });
});
