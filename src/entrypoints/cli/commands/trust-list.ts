import {
  explainOwnRevocation,
  formatRepositoryPattern,
  formatSigstoreSigner,
  type TrustedSigner,
} from '../../../capabilities/signing/index.ts';
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
    signers: rule.signers.map(formatSigner),
    since: rule.since === null ? null : formatAnswerInstant(rule.since),
    until: rule.until === null ? null : formatAnswerInstant(rule.until),
  }));
  const { name, revision, digest, revoked } = document;
  const machines = document.machines.map(({ repositories, ...machine }) => ({
    ...machine,
    repositories: repositories.map(formatRepositoryPattern),
  }));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-list', () => ({
      ...{ name, revision, digest, rules: rows, machines, revoked },
    })),
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
      ...machines.map(({ id, cloud, subscriptions, repositories }) =>
        showLine(
          `${id}: machines of ${cloud} in ${subscriptions.join(', ')} may build ` +
            repositories.join(', '),
        ),
      ),
      ...revoked.map((one) => showLine(explainOwnRevocation(one))),
    ],
  };
}

function formatSigner(signer: TrustedSigner): string {
  if (signer.kind === 'certificate') return `thumbprint ${signer.thumbprint}`;
  if (signer.kind !== 'subject') return formatSigstoreSigner(signer);
  return `${signer.text} (${signer.trustStore})`;
}
