import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader } from '../../src/adapters/graph-sql/index.ts';
import { QUESTIONS } from '../../src/capabilities/graph/questions/index.ts';
import { toAnswer } from '../../src/core/api-version.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts as ports } from '../../src/entrypoints/compose/graph-ports.ts';
import { answerTrial } from '../../src/entrypoints/server/questions/answer-trial.ts';
import {
  createQuestionHandler,
  type QuestionHandler,
} from '../../src/entrypoints/server/questions/questions.ts';
import { requireOneTimeFormat } from '../support/answer-times.ts';
import { CommandHere } from '../support/command-line.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { sampleQuestion } from '../support/question-samples.ts';
import { writeAskedWorld } from '../support/question-world.ts';

const POLICY = policyText(ruleText('false', '{ admission: deny }'));
/** A moment of the asked world, in milliseconds since 1970. */
const MILLISECONDS = /: 1[67]\d{11}\b/;
const WITHOUT_MOMENTS: readonly string[] = [
  'why',
  'findings',
  'diff',
  'licenses',
  'blast-radius',
  'patch-plan',
];
let folder: string;
let line: CommandHere;
let ask: QuestionHandler;
let close: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-question-json-'));
  line = new CommandHere(folder);
  const path = join(line.home, 'waybill.db');
  await writeAskedWorld(path);
  writeFileSync(join(folder, 'stricter.yaml'), POLICY);
  const graph = orThrow(await openReader({ path, ports }));
  close = () => graph.close();
  const now = () => toInstant(Date.now());
  const trial = { graph, inForce: async () => null, now };
  ask = createQuestionHandler({ graph, tryPolicy: (...asked) => answerTrial(trial, ...asked) });
}, 60_000);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

describe('the JSON of a question', () => {
  it.each(QUESTIONS.map((entry) => [entry.name, entry] as const))(
    'is the same on the command line and over HTTP, with moments in RFC 3339: %s',
    async (name, entry) => {
      const isTrial = name === 'what-if';
      const { words, query } = sampleQuestion(entry);
      const more = isTrial ? ['--policy', 'stricter.yaml'] : [];
      const { code, stdout } = await line.run('ask', ...words, ...more, '--format', 'json');
      const asked = await ask(name, query, isTrial ? Buffer.from(POLICY) : undefined);
      expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(toAnswer(asked.json))));
      if (!isTrial) expect(asked.exitCode).toBe(code);
      expect(stdout).not.toMatch(MILLISECONDS);
      requireOneTimeFormat(JSON.parse(stdout));
      if (!WITHOUT_MOMENTS.includes(name)) expect(stdout).toMatch(/"\d{4}-\d\d-\d\dT\S+Z"/);
    },
    60_000,
  );
});
