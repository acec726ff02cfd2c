import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import { getOwn, setOwn } from '../../core/own.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import type { Config } from '../config/config.ts';

const entry = z.strictObject({
  number: z.int().min(0),
  digest: z.string(),
  /** The last number that was packed here. */
  packed: z.int().min(0).optional(),
});
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('SeenIndexes'),
  repositories: z.record(z.string(), entry),
});

/** The newest signed index of a repository that was imported here. */
export interface SeenIndex {
  /** 0 where none was imported. */
  readonly number: number;
  readonly digest: string;
  /** The last one that was packed here. */
  readonly packed?: number | undefined;
}

const BYTES_MAX = 1024 * 1024;

const nameFile = ({ home }: Config): string => join(home, 'advisory-updates', 'seen-indexes.json');

/**
 * Null where none was imported. A damaged file is a failure: without its number, an older index
 * could come back.
 */
export function readSeenIndex(config: Config, repository: string): SeenIndex | null {
  return getOwn(readAll(config), repository) ?? null;
}

/** Two files that are packed one after the other have two numbers. */
export function rememberPacked(config: Config, repository: string, packed: number): void {
  const seen = readSeenIndex(config, repository) ?? { number: 0, digest: '' };
  rememberIndex(config, repository, { ...seen, packed });
}

export function rememberIndex(config: Config, repository: string, seen: SeenIndex): void {
  const repositories: Record<string, SeenIndex> = { ...readAll(config) };
  setOwn(repositories, repository, seen);
  const path = nameFile(config);
  makeFolders(join(path, '..'), 0o700);
  const json = { apiVersion: 'waybill.dev/v1', kind: 'SeenIndexes', repositories };
  writeWhole(path, Buffer.from(`${JSON.stringify(json)}\n`), 0o600);
}

function readAll(config: Config): Readonly<Record<string, SeenIndex>> {
  const path = nameFile(config);
  if (!existsSync(path)) return {};
  const json = parseJson(readSmallFile(path, BYTES_MAX), { bytesMax: BYTES_MAX });
  const parsed = document.safeParse(json.ok ? json.value : null);
  if (parsed.success) return parsed.data.repositories;
  const remedy = 'Restore it from a backup, or remove it to accept any signed index once.';
  throw new Failure('STORE_CORRUPT', `${path} is damaged`, remedy);
}
