import type { RegoEngine } from '../../capabilities/policy/index.ts';
import { once } from '../../core/once.ts';
import type { Config } from '../config/config.ts';

/** What asks rules in Rego; nothing is loaded and run before the first of them is asked. */
export function openRego({ rego }: Config): RegoEngine {
  const open = once(async () => {
    const { openOpa } = await import('../../adapters/opa/index.ts');
    return openOpa({ ...rego, env: process.env });
  });
  return {
    listReads: async (...asked) => (await open()).listReads(...asked),
    evaluate: async (...asked) => (await open()).evaluate(...asked),
  };
}
