import { formatRepositoryPattern } from '../../../capabilities/signing/index.ts';
import { formatAnswerInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { loadTrust } from '../../compose/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustListCall } from '../options/signing.ts';
import { showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

export async function run(call: TrustListCall): Promise<Report> {
  const { document } = orThrow(await loadTrust(await loadCallConfig(call)));
  const rows = document.rules.map((rule) => ({
    id: rule.id,
    repositories: rule.repositories.map(formatRepositoryPattern),
    statements: rule.statements,
    signers: rule.signers.map((signer) =>
      signer.kind === 'certificate'
        ? `thumbprint ${signer.thumbprint}`
        : `${signer.text} (${signer.trustStore})`,
    ),
    since: rule.since === null ? null : formatAnswerInstant(rule.since),
    until: rule.until === null ? null : formatAnswerInstant(rule.until),
  }));
  const { name, revision, digest } = document;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-list', () => ({ name, revision, digest, rules: rows })),
    blocks: () => [
      showLine(`trust ${name}, revision ${revision}`),
      showTable(
        ['RULE', 'REPOSITORIES', 'STATEMENTS', 'SIGNERS', 'SINCE', 'UNTIL'],
        rows.map(({ id, repositories, statements, signers, since, until }) => [
          id,
          repositories.join(' '),
          statements.join(' '),
          signers.join('; '),
          since ?? '',
          until ?? '',
        ]),
      ),
    ],
  };
}
