import { randomBytes } from 'node:crypto';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatAnswerInstant,
  type Instant,
  parseInstant,
  toInstant,
} from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { formatToken, parseTokens } from '../../server/tokens.ts';
import { parseDurationMs } from '../durations.ts';
import type { TokenCreateCall } from '../options/tokens.ts';
import { showLine, showNote } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { readTokenLines, writeTokenLines } from '../token-lines.ts';

/** The token is printed once. The file has its SHA-256, so who reads the file cannot use it. */
export async function run(call: TokenCreateCall): Promise<Report> {
  const [name = ''] = call.args;
  const { role, expires, tenant } = call.options;
  if (role.length === 0)
    throw new Failure('USAGE', 'a token needs a role', 'Give --role reader, publisher or another.');
  const { path, lines, tokens } = await readTokenLines(call);
  if (tokens.some((token) => token.name === name))
    throw new Failure('USAGE', `${path} has a token ${name}`, 'Revoke it first, or take a name.');
  const secret = `wb_${randomBytes(32).toString('base64url')}`;
  const expiresAt = readEnd(expires);
  const whose = tenant === undefined ? '' : ` tenant=${tenant}`;
  const end = formatAnswerInstant(expiresAt);
  const line = `${name} ${role.join()} ${sha256(secret)} expires=${end}${whose}`;
  const [token] = orThrow(parseTokens(line));
  if (token === undefined) throw new Failure('INTERNAL', 'a line without a token', 'Report this.');
  orThrow(parseTokens([...lines, line].join('\n')));
  writeTokenLines(path, [...lines, formatToken(token)]);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('token-create', () => ({
      ...{ name, roles: token.roles, tenant: token.tenant, expiresAt: end },
      ...{ file: path, token: secret },
    })),
    blocks: () => [
      showLine(secret),
      showNote(`${name} may ${token.roles.join(', ')} until ${end}; its hash is in ${path}`),
      showNote('it is not shown again; send it as: Authorization: Bearer TOKEN'),
    ],
  };
}

function readEnd(text: string): Instant {
  const now = toInstant(Date.now());
  const moment = parseInstant(text);
  const end = moment.ok ? moment.value : toInstant(now + parseDurationMs(text));
  // mutant token-born-expired by team-commands: condition -> false
  if (end <= now)
    throw new Failure('USAGE', `--expires ${text} is in the past`, 'Write 90d, or a later moment.');
  return end;
}
