import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { setOwn } from '../../core/own.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';

const instant = z.int().min(0).transform(toInstant);
const validators = z.strictObject({
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
});

const ecosystem = z.strictObject({
  /** Of the list of records whose every line is in the index; null: ask again. */
  list: validators.nullable(),
  /** Every record that was modified until then is in the index. */
  until: instant,
});
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('AdvisoryUpdates'),
  ecosystems: z.record(z.string(), ecosystem),
});

/** What the index has of one ecosystem of an export. */
export type EcosystemState = z.infer<typeof ecosystem>;
export type UpdateState = Readonly<Record<string, EcosystemState>>;

/** What belongs to one export: its state, and what is being downloaded. */
export interface ExportFolder {
  readonly path: string;
  read(): UpdateState;
  /** Remembers one ecosystem, after its records are in the index. */
  remember(name: string, state: EcosystemState): void;
}

const STATE_BYTES_MAX = 16 * 1024 * 1024;

/** A folder of its own for each export: states of two mirrors are never mixed. */
export function openExportFolder(root: string, base: URL): ExportFolder {
  const path = join(root, sha256(base.href).slice('sha256:'.length, 'sha256:'.length + 16));
  const file = join(path, 'state.json');
  const read = (): UpdateState => {
    try {
      const json = parseJson(readSmallFile(file, STATE_BYTES_MAX), { bytesMax: STATE_BYTES_MAX });
      const parsed = document.safeParse(json.ok ? json.value : null);
      return parsed.success ? parsed.data.ecosystems : {};
    } catch {
      // It saves work and nothing else: without it, the whole export is read again.
      return {};
    }
  };
  return {
    path,
    read,
    remember: (name, state) => {
      const ecosystems: Record<string, EcosystemState> = { ...read() };
      setOwn(ecosystems, name, state);
      makeFolders(path, 0o700);
      const text = JSON.stringify({
        ...{ apiVersion: 'waybill.dev/v1', kind: 'AdvisoryUpdates', ecosystems },
      });
      writeWhole(file, Buffer.from(`${text}\n`), 0o600);
    },
  };
}
