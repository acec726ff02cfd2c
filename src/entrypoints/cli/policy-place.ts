import type { ArtifactSource, ArtifactTarget } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { formatAnswerInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { openCommandClient } from '../compose/command-registry.ts';
import type { PushedRevision } from '../compose/policy-store.ts';
import type { Config, Environment } from '../config/config.ts';
import { showLine } from './report/block.ts';
import { type Report, toValue } from './report/report.ts';

export interface PolicyTarget {
  readonly source: ArtifactSource;
  readonly target: ArtifactTarget;
  readonly reference: ImageReference;
  readonly close: () => void;
}

/** The repository that a call names, with the tag whose policy is in force. */
export async function openPolicyTarget(
  config: Config,
  text: string,
  env: Environment,
): Promise<PolicyTarget> {
  const named = orThrow(parseImageReference(text));
  if (named.digest !== null)
    throw new Failure('USAGE', 'a policy is named by its repository', 'Leave the digest out.');
  const client = await openCommandClient(config, env);
  const reference = { ...named, tag: named.tag ?? 'latest' };
  return { source: client, target: client, reference, close: () => client.close() };
}

/** What a push or a rollback made. */
export function reportPushed(
  schema: 'policy-push' | 'policy-rollback',
  repository: string,
  revisionOfFile: number,
  { revision, manifest, signature }: PushedRevision,
): Report {
  const { number, name, policy, effectiveFrom, rollbackTo } = revision;
  const from = effectiveFrom === null ? null : formatAnswerInstant(effectiveFrom);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue(schema, () => ({
      ...{ repository, number, manifest, signature, rollbackTo, effectiveFrom: from },
      policy: { name, revision: revisionOfFile, digest: policy },
    })),
    blocks: () => [
      showLine(`${repository}@${manifest}: revision ${number} of ${name}`),
      ...(rollbackTo === null ? [] : [showLine(`it has the document of revision ${rollbackTo}`)]),
      ...(from === null ? [] : [showLine(`in force from ${from} on`)]),
      showLine(`signature ${signature}`),
    ],
    hints: [
      `to approve it too, sign it with another key: waybill sign ${repository}@${manifest} --key NAME`,
    ],
  };
}
