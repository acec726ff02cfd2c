import type { TokenListCall } from '../options/tokens.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { findTokenLine, readTokenLines, writeTokenLines } from '../token-lines.ts';

export async function run(call: TokenListCall): Promise<Report> {
  const [name = ''] = call.args;
  const known = await readTokenLines(call);
  const revoked = findTokenLine(known, name);
  const rest = known.lines.filter((line) => line !== revoked);
  const left = known.tokens.length - 1;
  // A file without a token is refused by a server, and lets nobody in.
  writeTokenLines(known.path, rest);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('token-revoke', () => ({ name, file: known.path, left })),
    blocks: () => [showLine(`revoked ${name}; ${left} left in ${known.path}`)],
  };
}
