import { existsSync } from 'node:fs';
import { Failure } from '../../../core/failure.ts';
import { type AnswerInstant, formatAnswerInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { listRepositories, updateRepository } from '../../compose/tuf.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustUpdateCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { type NewFile, writeFiles } from './trust-files.ts';

/** Brings trusted roots up to date from their TUF repositories, each completely or not at all. */
export async function run(call: TrustUpdateCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const known = listRepositories(config);
  const { name } = call.options;
  if (known.length === 0 || (name !== undefined && !known.includes(name)))
    throw new Failure(
      'UNKNOWN_NAME',
      `no trusted root${name === undefined ? '' : ` ${name}`} comes from a TUF repository`,
      'Take one over: waybill trust import-cosign --tuf URL --tuf-root root.json.',
    );
  const repositories: UpdatedRoot[] = [];
  for (const one of name === undefined ? known : [name]) {
    const { env } = call.io;
    const news = await updateRepository(config, one, { env, signal: call.signal });
    const changed = news.files.filter(isNew);
    writeFiles(changed);
    repositories.push({
      ...{ name: one, url: news.url, rootVersion: news.rootVersion },
      expires: formatAnswerInstant(news.expires),
      changed: changed.map(({ to }) => to),
    });
  }
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-update', () => ({ repositories })),
    blocks: () =>
      repositories.flatMap(({ name: one, expires, changed, rootVersion }) => [
        showLine(`${one}: root ${rootVersion}, in force until ${expires}`),
        ...changed.map((path) => showLine(`written: ${path}`)),
      ]),
  };
}

interface UpdatedRoot {
  readonly name: string;
  readonly url: string;
  readonly rootVersion: number;
  readonly expires: AnswerInstant;
  /** Paths. */
  readonly changed: readonly string[];
}

function isNew({ to, bytes }: NewFile): boolean {
  return !existsSync(to) || !Buffer.from(readSmallFile(to, LIMITS.configBytesMax)).equals(bytes);
}
