import { parseTrust, projectTrustPolicy } from '../../../capabilities/signing/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustExportCall } from '../options/signing.ts';
import { showNote, showText } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** The trust document as notation's trust policy; what notation cannot say is said beside it. */
export async function run(call: TrustExportCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const document = orThrow(parseTrust(orThrow(readDocument(config.trust))));
  const { policy, left } = projectTrustPolicy(document);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-export-notation', () => ({ policy, left })),
    blocks: () => [
      showText(`${JSON.stringify(policy, null, 2)}\n`),
      ...left.map(({ what, why }) => showNote(`left out: ${what}: ${why}`)),
    ],
  };
}
