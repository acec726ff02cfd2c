import { resolve } from 'node:path';
import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { FAILURES } from '../../../core/failure.ts';
import { readDocument } from '../../config/trust.ts';
import { wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { makePrintable } from '../io.ts';

/** Each document is loaded as a gate would load it; the exit code is that of the worst. */
export async function run(call: Call): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const results = call.args.map((file) => {
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
    exit = FAILURES[policy.failure.code].exit;
    return {
      file,
      error: {
        code: policy.failure.code,
        message: policy.failure.message,
        remedy: policy.failure.remedy,
      },
    };
  });
  if (wantsJson(call)) call.io.out(`${JSON.stringify({ policies: results }, null, 2)}\n`);
  for (const result of wantsJson(call) ? [] : results) {
    if (result.error === null)
      call.io.out(
        `${makePrintable(`${result.file}: good: ${result.name}`)}, revision ` +
          `${result.revision}, ${result.digest}\n`,
      );
    else
      call.io.err(
        `${makePrintable(`${result.file}: ${result.error.message}`)} ` +
          `[${result.error.code}]\n  fix: ${makePrintable(result.error.remedy)}\n`,
      );
  }
  return exit;
}
