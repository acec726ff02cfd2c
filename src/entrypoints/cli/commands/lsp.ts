import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { encodeFrame, FrameReader } from '../../../formats/rpc/frames.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig } from '../call-config.ts';
import { openCarriers } from '../carriers.ts';
import { EditorSession } from '../lsp/session.ts';
import type { LspCall } from '../options/develop.ts';
import type { Report } from '../report/report.ts';

/**
 * Ends with 0 when the editor asked for it (shutdown, exit), and with 1 when it left without, as
 * the protocol says. It uses no network.
 */
export async function run(call: LspCall): Promise<Report> {
  const { io } = call;
  const config = await loadCallConfig(call);
  const { index: standing, close } = await openAdvisories(config);
  const carriers = await openCarriers(config);
  const session = new EditorSession({
    index: letSignalsThrough(standing, call.signal),
    carriers,
    signal: call.signal,
    env: io.env,
    send: (message) => io.outBytes(encodeFrame(message)),
  });
  try {
    const reader = new FrameReader(LIMITS.editorMessageBytesMax);
    for await (const piece of io.stdin) {
      for (const frame of orThrow(reader.push(Buffer.from(piece as Uint8Array))))
        if (session.end === null) await session.take(frame);
      if (session.end !== null || io.isClosed()) break;
    }
    await session.settle();
    const exitCode = session.end === 'clean' ? 0 : 1;
    return { kind: 'result', exitCode, value: null, blocks: () => [] };
  } finally {
    await carriers.close();
    close();
  }
}
