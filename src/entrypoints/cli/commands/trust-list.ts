import { orThrow } from '../../../core/result.ts';
import { loadTrust } from '../../compose/compose.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { formatTable, makePrintable } from '../io.ts';

export async function run(call: Call): Promise<ExitCode> {
  const { document } = orThrow(await loadTrust(loadCallConfig(call)));
  const rows = document.rules.map((rule) => ({
    id: rule.id,
    repositories: rule.repositories.map(({ kind, path }) =>
      kind === 'below' ? `${path}/*` : path,
    ),
    statements: rule.statements,
    signers: rule.signers.map((signer) =>
      signer.kind === 'certificate'
        ? `thumbprint ${signer.thumbprint}`
        : `${signer.text} (${signer.trustStore})`,
    ),
  }));
  if (wantsJson(call)) {
    const { name, revision, digest } = document;
    call.io.out(`${JSON.stringify({ name, revision, digest, rules: rows }, null, 2)}\n`);
    return 0;
  }
  const cells = rows.map((row) => [
    row.id,
    row.repositories.join(' '),
    row.statements.join(' '),
    row.signers.join('; '),
  ]);
  call.io.out(
    `trust ${makePrintable(document.name)}, revision ` +
      `${document.revision}\n${formatTable(['RULE', 'REPOSITORIES', 'STATEMENTS', 'SIGNERS'], cells)}`,
  );
  return 0;
}
