import { buildDefaultPolicy } from '../../../capabilities/policy/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';

export async function run(call: Call): Promise<ExitCode> {
  call.io.outBytes(
    Buffer.from(
      call.options.flag('default')
        ? buildDefaultPolicy()
        : orThrow(readDocument(loadCallConfig(call).policy)),
    ),
  );
  return 0;
}
