import { resolve } from 'node:path';
import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { FAILURES } from '../../../core/failure.ts';
import { readDocument } from '../../config/trust.ts';
import type { PolicyCheckCall } from '../options/gates.ts';
import { type Block, showLine, showNote } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** Loads each document as a gate would load it. The exit code is that of the worst document. */
export async function run(call: PolicyCheckCall): Promise<Report> {
  let exit: ExitCode = 0;
  const results = call.args.map((file): PolicyResult => {
    const text = readDocument(resolve(call.io.cwd, file));
    const policy = text.ok ? parsePolicy(text.value) : text;
    if (policy.ok)
      return {
        file,
        name: policy.value.name,
        revision: policy.value.revision,
        digest: policy.value.digest,
        error: null,
      };
    exit = Math.max(exit, FAILURES[policy.failure.code].exit) as ExitCode;
    return {
      file,
      error: {
        code: policy.failure.code,
        message: policy.failure.message,
        remedy: policy.failure.remedy,
      },
    };
  });
  return {
    kind: 'result',
    exitCode: exit,
    value: toValue('policy-check', () => ({ policies: results })),
    blocks: () => results.flatMap(showResult),
  };
}

type PolicyResult = SchemaValue<'policy-check'>['policies'][number];

function showResult(result: PolicyResult): readonly Block[] {
  const { file, error } = result;
  if (error === null)
    return [
      showLine(`${file}: good: ${result.name}, revision ${result.revision}, ${result.digest}`),
    ];
  return [
    showNote(`${file}: ${error.message} [${error.code}]`),
    showNote(`  fix: ${error.remedy}`),
  ];
}
