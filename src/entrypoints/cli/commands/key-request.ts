import { orThrow } from '../../../core/result.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyRequestCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { requestKey } from '../request-key.ts';

/** A key that waits for its certificate, and the request that an authority signs. */
export async function run(call: KeyRequestCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const named = await openEnrolment(config, call.args[0] ?? '', call.io.env);
  const { enrolment, name } = orThrow(named);
  const { subject, algorithm: kind, encrypt } = call.options;
  const request = await requestKey(config, enrolment, { name, subject, kind, encrypt });
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-request', () => ({ name, subject, request })),
    blocks: () => [
      showLine(`key ${name} waits for its certificate; request: ${request}`),
      showLine(`next: give it to your authority, then waybill key import ${name} CHAIN.pem`),
    ],
  };
}
