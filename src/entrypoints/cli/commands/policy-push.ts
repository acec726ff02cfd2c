import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { formatRepository } from '../../../core/image-reference.ts';
import { parseInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { findLayer, readPolicyState } from '../../compose/policy-state.ts';
import { findNewest, pushRevision, recordPushed } from '../../compose/policy-store.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyPushCall } from '../options/gates.ts';
import { openPolicyTarget, reportPushed } from '../policy-place.ts';
import type { Report } from '../report/report.ts';

/** Pushes the policy behind the newest revision, which has to count. */
export async function run(call: PolicyPushCall): Promise<Report> {
  const { options, io, signal } = call;
  const config = await loadCallConfig(call);
  const text = orThrow(readDocument(config.policy));
  const policy = orThrow(parsePolicy(text));
  const effectiveFrom =
    options.effectiveFrom === undefined ? null : orThrow(parseInstant(options.effectiveFrom));
  const key = orThrow(await openSigningKey(config, options.key, io.env));
  const { source, target, reference, close } = await openPolicyTarget(
    config,
    call.args[0] ?? '',
    io.env,
  );
  try {
    const repository = formatRepository(reference);
    const seen = findLayer(readPolicyState(config), repository)?.seen.number ?? 0;
    const previous = await findNewest(config, { source, reference }, signal);
    const now = toInstant(Date.now());
    const pushed = await pushRevision(
      { source, target, reference },
      {
        ...{ text: Buffer.from(text), key, previous, now, signal, effectiveFrom, seen },
        ...{ message: options.message ?? null, rollbackTo: null },
      },
    );
    await recordPushed(config, { source, reference }, pushed.manifest, now, signal);
    return reportPushed('policy-push', repository, policy.revision, pushed);
  } finally {
    close();
  }
}
