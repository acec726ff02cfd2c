import { formatAnswerInstant, shortenInstant, toInstant } from '../../../core/instant.ts';
import type { ServerToken } from '../../server/tokens.ts';
import type { TokenListCall } from '../options/tokens.ts';
import { type Block, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { readTokenLines } from '../token-lines.ts';

export async function run(call: TokenListCall): Promise<Report> {
  const { path, tokens } = await readTokenLines(call);
  const shown = tokens.map(describeToken);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('token-list', () => ({ file: path, tokens: shown })),
    blocks: () => showTokens(shown),
  };
}

function describeToken({ name, roles, expiresAt, tenant }: ServerToken) {
  return {
    ...{ name, roles, tenant },
    expiresAt: expiresAt === null ? null : formatAnswerInstant(expiresAt),
    expired: expiresAt !== null && expiresAt <= toInstant(Date.now()),
  };
}

function showTokens(tokens: SchemaValue<'token-list'>['tokens']): readonly Block[] {
  if (tokens.length === 0) return [showNote('no tokens yet; make one: waybill token create')];
  const rows = tokens.map(({ name, roles, tenant, expiresAt, expired }) => [
    ...[name, roles.join(','), tenant ?? '-'],
    expiresAt === null ? 'never' : `${expired ? 'expired ' : ''}${shortenInstant(expiresAt)}`,
  ]);
  return [showTable(['NAME', 'ROLES', 'TENANT', 'UNTIL'], rows)];
}
