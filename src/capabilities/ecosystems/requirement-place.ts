import type { Result } from '../../core/result.ts';

/** Where a folder of packages keeps what one package requires: `ecosystem.ts`. */
export interface RequirementPlace {
  /** From the root of the folder of packages. */
  readonly path: string;
  readonly bytesMax: number;
  read(bytes: Uint8Array): Result<PackageRequirements>;
}

/** Names of packages, as components have them. */
export interface PackageRequirements {
  /** What its own code needs. */
  readonly own: readonly string[];
  /** What it lists besides, because what it needs does not say so itself. */
  readonly listed: readonly string[];
}
