import { resolve } from 'node:path';
import { ANYWHERE, readOptions } from '../../../capabilities/graph/index.ts';
import {
  comparePolicies,
  type Policy,
  type PolicyChange,
  type PolicyDocument,
  parsePolicy,
  readDocument as readPolicyDocument,
} from '../../../capabilities/policy/index.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { GATES } from '../../../core/verdict.ts';
import type { WhatIf, WhatIfRow } from '../../../gates/audit/index.ts';
import { openQuestions } from '../../compose/graph.ts';
import { tryPolicy } from '../../compose/try-policy.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyDiffCall } from '../options/gates.ts';
import { type Block, paint, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

interface ReadPolicy {
  readonly file: string;
  readonly document: PolicyDocument;
  readonly policy: Policy;
}

/** Compares two documents. Ends with 1 if they differ, and with 3 if a trial saw only a part. */
export async function run(call: PolicyDiffCall): Promise<Report> {
  const [before, after] = call.args.map((file) => readPolicy(call.io.cwd, file));
  if (before === undefined || after === undefined) throw new Error('two arguments are required');
  const changes = comparePolicies(before.document, after.document);
  const trials = await tryBoth(call, before.policy, after.policy);
  const open = trials.some(({ more, newlyUndetermined }) => more || newlyUndetermined.length > 0);
  return {
    kind: 'result',
    exitCode: open ? 3 : changes.length > 0 ? 1 : 0,
    value: toValue('policy-diff', () => ({
      before: describe(before),
      after: describe(after),
      changes,
      trials: trials.map(toJson),
    })),
    blocks: () => [
      ...(changes.length === 0 ? [showLine('the documents say the same')] : []),
      ...changes.flatMap(showChange),
      ...trials.flatMap(showTrial),
    ],
  };
}

function readPolicy(cwd: string, file: string): ReadPolicy {
  const text = orThrow(readDocument(resolve(cwd, file)));
  return {
    file,
    policy: orThrow(parsePolicy(text)),
    document: orThrow(readPolicyDocument(text)),
  };
}

/** Both policies on what each gate recorded: the one of before is taken for the one in force. */
async function tryBoth(
  call: PolicyDiffCall,
  before: Policy,
  after: Policy,
): Promise<readonly WhatIf[]> {
  const gates = GATES.filter((gate) => call.options.gate.includes(gate));
  if (gates.length === 0) return [];
  const graph = await openQuestions(await loadCallConfig(call));
  const now = toInstant(Date.now());
  try {
    const trials: WhatIf[] = [];
    for (const gate of gates)
      trials.push(
        orThrow(
          await tryPolicy(
            graph,
            { gate, candidate: after, inForce: before, now },
            readOptions({}),
            ANYWHERE,
          ),
        ),
      );
    return trials;
  } finally {
    await graph.close();
  }
}

function describe({ file, policy }: ReadPolicy): SchemaValue<'policy-diff'>['before'] {
  const { name, revision, digest } = policy;
  return { file, name, revision, digest };
}

const COLOURS = { tightens: 'green', loosens: 'red', unknown: 'yellow', none: 'dim' } as const;

function showChange({ what, part, name, before, after, effect }: PolicyChange): readonly Block[] {
  return [
    showLine(paint(COLOURS[effect], effect.padEnd(9)), `${what} ${part}: ${name}`),
    ...(before === null ? [] : [showLine(`  - ${before}`)]),
    ...(after === null ? [] : [showLine(`  + ${after}`)]),
  ];
}

function showTrial(trial: WhatIf): readonly Block[] {
  const lists = [
    ['newly refused', trial.newlyDenied],
    ['newly admitted', trial.newlyAllowed],
    ['newly undetermined', trial.newlyUndetermined],
  ] as const;
  return [
    showLine(
      `${trial.gate}: ${trial.examined} judged again${trial.more ? '; there are more' : ''}`,
    ),
    ...lists.flatMap(([what, rows]) => rows.map((row) => showLine(`  ${what}: ${nameRow(row)}`))),
  ];
}

function nameRow({ image, running, releases, rules }: WhatIfRow): string {
  const where =
    running === null
      ? ''
      : `, runs in ${running.cluster}/${running.namespace}/${running.workload.name}`;
  const release = releases[0] === undefined ? '' : ` of ${releases[0].name} ${releases[0].version}`;
  return `${image}${release}${where}: ${rules.map(({ rule }) => rule).join(', ')}`;
}

function toJson(trial: WhatIf): SchemaValue<'policy-diff'>['trials'][number] {
  const { gate, examined, more } = trial;
  return {
    ...{ gate, examined, more },
    newlyDenied: trial.newlyDenied.map(nameRow),
    newlyAllowed: trial.newlyAllowed.map(nameRow),
    newlyUndetermined: trial.newlyUndetermined.map(nameRow),
  };
}
