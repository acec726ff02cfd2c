import type { Purl } from '../../core/purl.ts';
import type { Chain } from './questions/why/answer.ts';

/**
 * The shortest path from what an SBOM describes to one of its packages (sbom-chain.ts). The readers
 * of SBOMs are loaded at the first use: no other question needs them.
 */
export async function findDependencyChain(bytes: Uint8Array, purl: Purl): Promise<Chain> {
  const chains = await import('./sbom-chain.ts');
  return chains.findDependencyChain(bytes, purl);
}
