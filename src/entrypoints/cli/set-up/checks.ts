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
import { checkRegistries } from './check-registries.ts';
import { checkGit, checkHooks, checkNode, checkSigning } from './check-repository.ts';
import type { Observations } from './observations.ts';

/** Everything that `waybill doctor` says, from what was seen; nothing is looked at here. */
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
    checkAdvisories(seen),
    checkDatabase(seen),
    ...checkRegistries(seen),
    checkServer(seen),
    checkClock(seen),
    checkHome(seen),
  ];
}

/**
 * 1 where something is wrong, 3 where something could not be looked at, 0 else; a warning leaves it
 * at 0.
 */
export function toExitCode(checks: readonly Check[]): 0 | 1 | 3 {
  if (checks.some(({ status }) => status === 'problem')) return 1;
  // mutant doctor-unknown-exit-code: value -> 0
  return checks.some(({ status }) => status === 'unknown') ? 3 : 0;
}
