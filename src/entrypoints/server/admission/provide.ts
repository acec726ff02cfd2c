import type { Failure } from '../../../core/failure.ts';
import { admits } from '../../../core/verdict.ts';
import {
  combineImages,
  explainFailure,
  explainRefusal,
  type ImageVerdict,
} from '../../../gates/desk/index.ts';
import { type AdmissionDesk, decideWithinDeadline } from './admit.ts';
import { PROVIDER_API, type ProviderKey, parseProviderRequest } from './provider-request.ts';

/**
 * What a template reads of one image. `succeeded` is the name of Ratify 2, `isSuccess` that of
 * Ratify 1, which its templates compare with `false`; both are always there and equal.
 */
interface ProviderValue {
  readonly succeeded: boolean;
  readonly isSuccess: boolean;
  readonly decision: ImageVerdict['verdict']['decision'];
  /** With the digest that the verdict is about, where it is known. */
  readonly image: string;
  /** SHA-256 of the decision record; null if no rule was evaluated. */
  readonly record: string | null;
  readonly message: string;
  readonly verifierReports: readonly object[];
}

/**
 * Answers one request of Gatekeeper's external data. Each key is in the answer, once, with a value
 * that says whether the image is admitted: what cannot be decided is a value that says no, because
 * some templates look at values alone. What is no readable request is a `systemError`, since
 * Gatekeeper does not look at the status (policy-and-gates.md: Gatekeeper external data).
 *
 * Gatekeeper enforces, not we: in observe mode the values are the same, and the constraint's
 * `enforcementAction` says what follows.
 */
export async function answerProvider(
  body: Uint8Array,
  timeoutMs: number,
  desk: AdmissionDesk,
  source = '',
): Promise<string> {
  const startedAt = performance.now();
  const keys = parseProviderRequest(body);
  if (!keys.ok) {
    desk.counted('undetermined', (performance.now() - startedAt) / 1_000);
    return formatSystemError(keys.failure);
  }
  const questions = keys.value.map((key) => ({ image: key.image, workload: toWorkload(key) }));
  const verdicts = await decideWithinDeadline(questions, timeoutMs, desk);
  const items = keys.value.map(({ key }, at) => ({
    key,
    value: toValue(verdicts[at] as ImageVerdict),
    error: '',
  }));
  const { decision } = combineImages(verdicts);
  desk.counted(decision, (performance.now() - startedAt) / 1_000);
  return formatResponse(items, '', {});

  function toWorkload({ namespace, kind, name }: ProviderKey) {
    const asked = { namespace, kind, name, operation: '', user: '' };
    return { cluster: desk.cluster, ...asked, source };
  }
}

/** An answer that no template can take for success. It has `error` as every other endpoint has. */
export function formatSystemError(failure: Failure): string {
  const { code, message, remedy } = failure;
  const error = { code, message, remedy };
  return formatResponse([], `waybill: ${explainFailure(failure)}`, { error });
}

function formatResponse(items: readonly object[], systemError: string, more = {}): string {
  return JSON.stringify({
    apiVersion: PROVIDER_API,
    kind: 'ProviderResponse',
    response: { idempotent: true, items, systemError },
    ...more,
  });
}

function toValue(verdict: ImageVerdict): ProviderValue {
  const { resolved, record } = verdict;
  const { decision } = verdict.verdict;
  // mutant provider-undetermined-succeeds by provide: value -> decision !== 'deny'
  const succeeded = admits(decision);
  const message = succeeded ? '' : explainRefusal(combineImages([verdict])).toWellFormed();
  return {
    succeeded,
    isSuccess: succeeded,
    decision,
    image: resolved,
    record,
    message,
    verifierReports: [buildReport(verdict, succeeded, message)],
  };
}

/**
 * In the forms of Ratify 1: a report by itself, and one of an artifact that holds reports. A
 * template that looks only into the second form would take an empty list for success.
 */
function buildReport({ resolved }: ImageVerdict, isSuccess: boolean, message: string): object {
  const report = {
    ...{ subject: resolved, name: 'waybill', verifierName: 'waybill' },
    ...{ type: 'waybill', verifierType: 'waybill', isSuccess, message },
  };
  return { ...report, verifierReports: [report], nestedReports: [] };
}
