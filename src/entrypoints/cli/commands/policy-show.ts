import { buildDefaultPolicy } from '../../../capabilities/policy/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyShowCall } from '../options/gates.ts';
import { type Report, toDocument } from '../report/report.ts';

export async function run(call: PolicyShowCall): Promise<Report> {
  const policy = call.options.default
    ? buildDefaultPolicy()
    : orThrow(readDocument((await loadCallConfig(call)).policy));
  return toDocument(Buffer.from(policy));
}
