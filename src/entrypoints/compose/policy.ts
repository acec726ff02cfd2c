import type { Policy } from '../../capabilities/policy/index.ts';
import type { Result } from '../../core/result.ts';
import type { Config } from '../config/config.ts';

export async function loadPolicy(config: Config): Promise<Result<Policy>> {
  const { parsePolicy } = await import('../../capabilities/policy/index.ts');
  const { readDocument } = await import('../config/trust.ts');
  const text = readDocument(config.policy);
  return text.ok ? parsePolicy(text.value) : text;
}
