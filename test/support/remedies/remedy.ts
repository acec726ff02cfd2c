import { expect } from 'vitest';
import { buildDefaultPolicy, parsePolicy } from '../../../src/capabilities/policy/index.ts';
import { orThrow } from '../../../src/core/result.ts';
import type { Gate, RuleResult } from '../../../src/core/verdict.ts';
import { findCommand, findNamedCommands } from '../named-commands.ts';

/** A part of a fix, word by word, and how a user does what it says. */
export interface Step<World> {
  readonly says: string;
  readonly does: (world: World) => Promise<void>;
}

/** What breaks a rule, and the ways in which its fix repairs it. */
export interface Remedy<World> {
  readonly rule: string;
  readonly gates: readonly Gate[];
  readonly breaks: (world: World) => Promise<void>;
  /** Each way is followed by itself, from a refusal to an acceptance. */
  readonly ways: readonly (readonly Step<World>[])[];
}

/** What a gate answers in the world of a test. */
export interface Answer {
  readonly decision: string;
  readonly results: readonly RuleResult[];
}

export interface RemedyWorld {
  readonly ask: (gate: Gate) => Promise<Answer>;
}

/** Every rule of the default policy at every gate that asks it, as `GATE RULE`. */
export function listRulesByGate(): readonly string[] {
  const { rules } = orThrow(parsePolicy(buildDefaultPolicy()));
  return rules.flatMap(({ id, gates }) => Object.keys(gates).map((gate) => `${gate} ${id}`));
}

/** Each way of each remedy, at all of its gates. */
export function listCases<World>(remedies: readonly Remedy<World>[]) {
  return remedies.flatMap((remedy) => {
    const same = remedies.filter(({ rule }) => rule === remedy.rule);
    const steps = same.flatMap(({ ways }) => ways.flat());
    return remedy.ways.map((way) => ({
      name: `${remedy.rule}: ${way.map(({ says }) => says).join(', ')}`,
      ...{ remedy, way, steps },
    }));
  });
}

/** From the refusal, by what its fix says, to the acceptance. */
export async function followFix<World extends RemedyWorld>(
  world: World,
  { remedy, way, steps }: ReturnType<typeof listCases<World>>[number],
): Promise<void> {
  const find = ({ results }: Answer) => results.find(({ rule }) => rule === remedy.rule);
  await remedy.breaks(world);
  for (const gate of remedy.gates) {
    const refused = find(await world.ask(gate));
    expect(refused, `${gate} ${remedy.rule}`).toMatchObject({ outcome: 'broken' });
    const fix = refused?.fix ?? '';
    for (const { says } of steps) expect(fix).toContain(says);
    requireFollowed(fix, steps);
  }
  for (const { does } of way) await does(world);
  for (const gate of remedy.gates) {
    const allowed = await world.ask(gate);
    expect(find(allowed), gate).toMatchObject({ outcome: 'holds' });
    const open = allowed.results.filter(
      ({ outcome, action }) => outcome !== 'holds' && action === 'deny',
    );
    expect([gate, allowed.decision, open]).toEqual([gate, 'allow', []]);
  }
}

/** A command that a fix names and no step runs would be advice that nobody has tried. */
function requireFollowed(fix: string, steps: readonly Step<never>[]): void {
  const done = new Set(
    steps.flatMap(({ says }) => findNamedCommands(says).map(({ words }) => findCommand(words))),
  );
  const untried = findNamedCommands(fix).filter(({ words }) => !done.has(findCommand(words)));
  expect(untried.map(({ text }) => text)).toEqual([]);
}
