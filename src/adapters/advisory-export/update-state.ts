import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { getOwn, setOwn } from '../../core/own.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { Validators } from './export-session.ts';

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
const fileState = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('FileUpdates'),
  files: z.record(z.string(), validators),
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
  /** The state of a single file that was imported whole; null: ask for it. */
  readFile(name: string): Validators | null;
  rememberFile(name: string, state: Validators): void;
}

const STATE_BYTES_MAX = 16 * 1024 * 1024;

/** A folder of its own for each export: states of two mirrors are never mixed. */
export function openExportFolder(root: string, base: URL): ExportFolder {
  const path = join(root, sha256(base.href).slice('sha256:'.length, 'sha256:'.length + 16));
  const file = join(path, 'state.json');
  const fileStates = join(path, 'files.json');
  const read = (): UpdateState => readState(file, document)?.ecosystems ?? {};
  const readFiles = () => readState(fileStates, fileState)?.files ?? {};
  const write = (place: string, state: object): void => {
    makeFolders(path, 0o700);
    const text = JSON.stringify({ apiVersion: 'waybill.dev/v1', ...state });
    writeWhole(place, Buffer.from(`${text}\n`), 0o600);
  };
  return {
    path,
    read,
    remember: (name, state) => {
      const ecosystems: Record<string, EcosystemState> = { ...read() };
      setOwn(ecosystems, name, state);
      write(file, { kind: 'AdvisoryUpdates', ecosystems });
    },
    readFile: (name) => getOwn(readFiles(), name) ?? null,
    rememberFile: (name, state) => {
      const files: Record<string, Validators> = { ...readFiles() };
      setOwn(files, name, state);
      write(fileStates, { kind: 'FileUpdates', files });
    },
  };
}

/** Null where it is absent or damaged: it saves work and nothing else. */
function readState<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    const json = parseJson(readSmallFile(file, STATE_BYTES_MAX), { bytesMax: STATE_BYTES_MAX });
    const parsed = schema.safeParse(json.ok ? json.value : null);
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
