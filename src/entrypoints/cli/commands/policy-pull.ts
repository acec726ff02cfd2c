import { formatAnswerInstant, parseInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { appendEvidence } from '../../compose/policy-store.ts';
import { type PulledLayer, type PulledPolicy, pullConfigured } from '../../compose/pull-policy.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyPullCall } from '../options/gates.ts';
import { type Block, paint, showLine, showProse } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** Ends with 3 where a layer could not be confirmed: what was last confirmed stays in force. */
export async function run(call: PolicyPullCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { io, options, signal } = call;
  const now = toInstant(Date.now());
  const pulled = await pullConfigured(
    config,
    {
      ...{ env: io.env, cwd: io.cwd, now, signal },
      ...{ as: options.as ?? null, replace: options.replace },
      append: (inputs) => appendEvidence(config, inputs, now),
    },
    call.args.length === 0 ? config.policies.from : call.args,
  );
  return toReport(config, pulled);
}

function toReport({ policy: file }: Config, { layers, changed }: PulledPolicy): Report {
  return {
    kind: 'result',
    exitCode: layers.some(({ failure }) => failure !== null) ? 3 : 0,
    value: toValue('policy-pull', () => ({ file, changed, layers: layers.map(toJson) })),
    blocks: () => [
      ...layers.flatMap(showLayer),
      showLine(`${file} ${changed ? 'is another policy now' : 'is unchanged'}`),
    ],
  };
}

function toJson({
  repository,
  layer,
  failure,
  isNew,
}: PulledLayer): SchemaValue<'policy-pull'>['layers'][number] {
  const { seen, current, pending } = layer;
  const newest = pending ?? current;
  const from = pending?.effectiveFrom ?? null;
  return {
    ...{ repository, number: seen.number, manifest: seen.manifest, isNew },
    effectiveFrom: from === null ? null : toMoment(from),
    inForce: current?.number ?? null,
    signers: newest?.signers ?? [],
    confirmedAt: toMoment(layer.confirmedAt),
    failure:
      failure === null
        ? null
        : { code: failure.code, message: failure.message, remedy: failure.remedy },
  };
}

function toMoment(text: string) {
  return formatAnswerInstant(orThrow(parseInstant(text)));
}

function showLayer({ repository, layer, failure, isNew }: PulledLayer): readonly Block[] {
  const { seen, current, pending, confirmedAt } = layer;
  return [
    showLine(
      `${repository}: revision ${current?.number ?? '-'} is in force` +
        `${isNew ? `, ${seen.number} is new` : ''}`,
    ),
    ...(pending === null
      ? []
      : [showLine(`  revision ${pending.number} is in force from ${pending.effectiveFrom} on`)]),
    ...(failure === null
      ? []
      : [
          showLine(paint('yellow', `  last confirmed at ${confirmedAt}`), ', and not now'),
          showProse(['  '], `${failure.message} [${failure.code}]`),
          showLine(`    fix: ${failure.remedy}`),
        ]),
  ];
}
