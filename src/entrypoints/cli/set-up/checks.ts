import type { Check } from './check.ts';
import { checkConfiguration, checkPolicy, checkTrust } from './check-documents.ts';
import {
  checkAdvisories,
  checkClock,
  checkDatabase,
  checkHome,
  checkKeys,
  checkServer,
} from './check-home.ts';
import { checkKeyRevocations } from './check-key-revocations.ts';
import { checkRegistries } from './check-registries.ts';
import { checkGit, checkHooks, checkNode, checkSigning } from './check-repository.ts';
import type { Observations } from './observations.ts';

/** All results of `waybill doctor`, computed from observations that were gathered before. */
export function runChecks(seen: Observations): readonly Check[] {
  return [
    checkNode(seen),
    ...checkGit(seen),
    ...checkSigning(seen),
    ...checkHooks(seen),
    checkConfiguration(seen),
    ...checkPolicy(seen),
    ...checkTrust(seen),
    ...checkKeys(seen),
    ...checkKeyRevocations(seen.keyRevocations),
    checkAdvisories(seen),
    checkDatabase(seen),
    ...checkRegistries(seen),
    checkServer(seen),
    checkClock(seen),
    checkHome(seen),
  ];
}

/**
 * Gives 1 if there is a problem, 3 if something could not be checked, else 0; a warning does not
 * change it.
 */
export function toExitCode(checks: readonly Check[]): 0 | 1 | 3 {
  if (checks.some(({ status }) => status === 'problem')) return 1;
  // mutant doctor-unknown-exit-code: value -> 0
  return checks.some(({ status }) => status === 'unknown') ? 3 : 0;
}
