import fastify from 'fastify';
import { expect, it } from 'vitest';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { AskWatch } from './ask-watch.ts';
import { addQuestions } from './routes.ts';

it('the slowest questions of each tenant are kept, and no names of strangers', async () => {
  let ms = 0;
  const counted: string[] = [];
  const watch = new AskWatch({
    ...{ traces: { begin: () => null }, nowMs: () => ms, now: () => toInstant(1_000) },
    counted: (question) => void counted.push(question),
  });
  const ask = (tenant: string | null, question: string, took: number) =>
    watch.run({ tenant, question, parameters: { a: 'x'.repeat(300) }, parent: null }, async () => {
      ms += took;
      if (took === 7) throw new RangeError('it failed');
    });
  for (let at = 0; at < LIMITS.slowQuestionsMax + 5; at++) await ask('shop', 'owners', at * 1_000);
  await expect(ask(null, 'where', 7)).rejects.toThrow('it failed');
  await ask('shop', 'constructor', 9_000_000);
  const slowest = watch.list('shop');
  expect(slowest).toHaveLength(LIMITS.slowQuestionsMax);
  expect([slowest[0]?.seconds, slowest.at(-1)?.seconds]).toEqual([24, 5]);
  expect(slowest[0]?.parameters['a']).toHaveLength(200);
  expect(watch.list(null)).toMatchObject([{ question: 'where', seconds: 0.007 }]);
  expect(new Set(counted)).toEqual(new Set(['owners', 'where']));

  const app = fastify();
  const asked: string[] = [];
  const allow = (role: string) => ({ onRequest: async () => void asked.push(role) });
  addQuestions(app, {
    ...{ reader: allow('read'), auditor: allow('audit'), watch, findTenant: () => 'shop' },
    ...{ askLimits: LIMITS, findSpan: () => null, findTeam: async () => ({}) as never },
    authorised: async () => ({ name: 'x', roles: [], tenant: 'shop' }),
  });
  const listed = await app.inject({ url: '/v1/slowest' });
  expect(listed.json<{ questions: object[] }>().questions).toHaveLength(LIMITS.slowQuestionsMax);
  expect(asked).toEqual(['audit']);
  await app.close();
});
