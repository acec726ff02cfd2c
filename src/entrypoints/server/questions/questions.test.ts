import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOON, policyText, ruleText } from '../../../../test/support/policy-facts.ts';
import { makeImageDigest, writeAskedWorld } from '../../../../test/support/question-world.ts';
import { openReader, type Reader } from '../../../adapters/graph-sql/index.ts';
import { findQuestion } from '../../../capabilities/graph/questions/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { graphPorts as ports } from '../../compose/graph-ports.ts';
import { answerTrial } from './answer-trial.ts';
import { createQuestionHandler, type QuestionHandler } from './questions.ts';

let folder: string;
let handle: QuestionHandler;
let graph: Reader;
const ask = async (...asked: Parameters<QuestionHandler>) => (await handle(...asked)).json;
let close: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-asked-'));
  const path = join(folder, 'graph.db');
  await writeAskedWorld(path);
  graph = orThrow(await openReader({ path, ports }));
  close = () => graph.close();
  const trial = { graph, inForce: async () => null, now: () => NOON };
  handle = createQuestionHandler({ graph, tryPolicy: (...asked) => answerTrial(trial, ...asked) });
}, 60_000);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const policy = (require: string) =>
  Buffer.from(policyText(ruleText(require, '{ admission: deny }')));

it('truth C4: an answer says where the clock of the log was ahead', async () => {
  const askAt = async (recordedAt: number) => {
    const readLatest = async () => ({ position: 7, recordedAt: toInstant(recordedAt) });
    const tryPolicy = async () => ({});
    const clocked = createQuestionHandler({ graph, tryPolicy, readLatest, now: () => NOON });
    const [asked, tried] = [
      await clocked('owners', {}),
      await clocked('what-if', {}, policy('true')),
    ];
    return [asked.ahead?.position, tried.ahead?.position];
  };
  expect(await askAt(NOON + LIMITS.clockSkewMs)).toEqual([undefined, undefined]);
  expect(await askAt(NOON + LIMITS.clockSkewMs + 1)).toEqual([7, 7]);
});

describe('the questions over HTTP', () => {
  it('all are answered', async () => {
    const subject = { subject: 'trips' };
    expect(await ask('releases', { component: 'log4j' })).toMatchObject({ releases: [{}, {}] });
    expect(await ask('exposure', { vulnerability: 'CVE-2021-44228' })).toMatchObject({
      releases: [{ name: 'trips' }],
    });
    expect(await ask('where', { image: makeImageDigest('trips') })).toMatchObject({
      deployments: [{ cluster: 'eu-1' }],
    });
    expect(await ask('where', { namespace: 'shop' })).toMatchObject({ deployments: [{}, {}] });
    expect(await ask('why', { ...subject, component: 'log4j-core' })).toMatchObject({
      components: [{ paths: 0 }],
    });
    expect(await ask('findings', subject)).toMatchObject({ inventory: 'complete' });
    expect(await ask('provenance', subject)).toMatchObject({
      commits: [{ author: 'ada@example.com' }],
    });
    expect(await ask('verdicts', subject)).toMatchObject({ verdicts: [{ decision: 'allow' }] });
    expect(await ask('violations', { cluster: 'eu-1' })).toMatchObject({
      violations: [{ joined: 'deployment' }],
    });
    expect(await ask('what-if', {}, policy('false'))).toMatchObject({
      newlyDenied: [{}],
      newlyUndetermined: [{}],
    });
  });

  it('B4: an answer is JSON of its schema, with moments in RFC 3339', async () => {
    for (const [name, query] of [
      ['releases', { component: 'log4j' }],
      ['where', { namespace: 'shop' }],
      ['provenance', { subject: 'trips' }],
    ] as const) {
      const answer = await ask(name, query);
      expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
      const schema = await findQuestion(name)?.loadSchema();
      expect(schema?.safeDecode(answer as never).success).toBe(true);
      expect(JSON.stringify(answer)).toMatch(/"(?:releasedAt|from)":"20\d\d-\d\d-\d\dT/);
    }
  });

  it('says what the exit code of the command is: what cannot be judged is not clean', async () => {
    const code = async (...asked: Parameters<QuestionHandler>) => (await handle(...asked)).exitCode;
    expect(await code('exposure', { vulnerability: 'CVE-2021-44228' })).toBe(1);
    expect(await code('releases', { component: 'log4j' })).toBe(3);
    expect(await code('findings', { subject: 'dark' })).toBe(3);
    // Its clusters were observed long ago, and for a day.
    expect(await code('where', { namespace: 'shop' })).toBe(3);
    const then = { namespace: 'shop', asOf: '2026-01-03T12:00:00Z' };
    expect(await code('where', then)).toBe(0);
    expect(await code('what-if', {}, policy('true'))).toBeNull();
  });

  it('a parameter that is unknown, repeated or invalid is refused', async () => {
    const refused = (question: string, query: object) =>
      expect(ask(question, query as never)).rejects.toMatchObject({ code: 'USAGE' });
    await refused('findings', { subject: 'trips', asOf: '2026-01-01T00:00:00Z' });
    await refused('why', { subject: 'trips', component: 'a', owner: 'x' });
    await refused('exposure', { vulnerability: 'x', cluster: 'eu-1' });
    await refused('releases', { component: ['a', 'b'] });
    await refused('where', { subject: '' });
    await refused('releases', { component: 'a', limit: '0' });
    await expect(ask('toString', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('truth B6: a fault of our own policy is not called a fault of the one sent', async () => {
    const question = { name: 'what-if', gate: null } as never;
    const tryWith = (code: 'POLICY_INVALID' | 'FILE_UNREADABLE') =>
      answerTrial(
        {
          graph: {} as never,
          inForce: () => Promise.reject(new Failure(code, 'x', 'y')),
          now: () => NOON,
        },
        question,
        policy('true'),
      );
    await expect(tryWith('POLICY_INVALID')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(tryWith('FILE_UNREADABLE')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('a policy that is invalid, too large or sent while one is tried is refused', async () => {
    const code = (body?: Uint8Array) =>
      ask('what-if', {}, body)
        .then(() => 'ok')
        .catch((thrown) => thrown.code);
    expect([await code(), await code(new Uint8Array())]).toEqual(['USAGE', 'USAGE']);
    expect(await code(Buffer.from('rules: ['))).toBe('POLICY_INVALID');
    expect(await code(Buffer.alloc(LIMITS.configBytesMax + 1, ' '))).toBe('LIMIT_EXCEEDED');
    expect(await Promise.all([code(policy('true')), code(policy('true'))])).toEqual([
      'ok',
      'STORE_LOCKED',
    ]);
    expect(await code(policy('true'))).toBe('ok');
    await expect(ask('what-if', { gate: 'none' }, policy('true'))).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
