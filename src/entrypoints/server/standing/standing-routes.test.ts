import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { toFailure } from '../../../core/failure.ts';
import type { TokenRole } from '../tokens.ts';
import { formatCloudEvent, formatMail, formatSlack, type Notice } from './notice.ts';
import { addStanding } from './routes.ts';
import { StandingStore } from './standing-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-standing-routes-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('standing questions are kept, listed without secrets, and removed', async () => {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) =>
    reply.code(400).send({ code: toFailure(error).code }),
  );
  const asked: TokenRole[] = [];
  const store = new StandingStore(folder);
  addStanding(
    app,
    async () => store,
    (role) => ({
      onRequest: async () => void asked.push(role),
    }),
  );
  const send = async (method: 'GET' | 'POST', url: string, payload?: object) =>
    (await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })).json();
  const question = {
    ...{ apiVersion: 'waybill.dev/v1', kind: 'StandingQuestion', name: 'gaps', digestMs: 0 },
    ...{ question: 'missing', parameters: {} },
    targets: [{ kind: 'webhook', url: 'https://a.example.com/x/secret', secret: 's'.repeat(20) }],
  };
  await send('POST', '/v1/standing', question);
  const listed = await send('GET', '/v1/standing');
  expect(listed).toMatchObject({
    standing: [{ name: 'gaps', targets: [expect.stringContaining('a.example.com')] }],
  });
  expect(JSON.stringify(listed)).not.toMatch(/secret|ssss/);
  for (const wrong of [
    { ...question, question: 'nothing' },
    { ...question, question: 'what-if' },
    { ...question, name: '../x' },
    { ...question, targets: [] },
    { ...question, targets: [{ kind: 'slack', url: 'file:///etc/passwd' }] },
    { ...question, targets: [{ kind: 'email', to: 'a@b.example.com\r\nRCPT TO:<c@d>' }] },
    { ...question, more: 1 },
  ])
    expect(await send('POST', '/v1/standing', wrong)).toMatchObject({
      code: expect.stringMatching(/MALFORMED|NOT_FOUND|USAGE/),
    });
  expect(await send('GET', '/v1/notices')).toMatchObject({ notices: [] });
  expect(await send('POST', '/v1/notices/x/retry')).toEqual({ code: 'NOT_FOUND' });
  expect(await send('POST', '/v1/standing/gaps/remove')).toMatchObject({ removed: 'gaps' });
  expect(asked).toEqual([
    'manage',
    'audit',
    ...Array(7).fill('manage'),
    'audit',
    'manage',
    'manage',
  ]);
  await app.close();
});

const notice: Notice = {
  ...{ id: 'gaps-1', standing: 'gaps', question: 'missing', parameters: { since: '1d' } },
  ...{ source: 'eu-1', at: '2026-01-31T12:00:00.000Z' as never, exitCode: 1, more: true },
  changes: [
    { change: 'added', row: { list: 'runs', says: { name: '<!channel>\nx' }, within: null } },
  ],
};

it('a notice is a CloudEvent that its receiver can verify', () => {
  const secret = 's'.repeat(20);
  const target = { kind: 'webhook', url: 'https://a.example.com', secret } as const;
  const { headers, body } = formatCloudEvent(notice, target);
  expect(JSON.parse(body)).toMatchObject({
    ...{ specversion: '1.0', id: 'gaps-1', source: '/waybill/eu-1', subject: 'gaps' },
    ...{ type: 'dev.waybill.answer.changed.v1', time: notice.at },
    ...{ datacontenttype: 'application/json', data: { question: 'missing', changes: [{}] } },
  });
  const signed = `gaps-1.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(
    `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
  );
  expect(
    formatCloudEvent(notice, { kind: 'webhook', url: 'https://a.example.com' }).headers,
  ).toEqual({ 'Content-Type': 'application/cloudevents+json; charset=utf-8' });
});

it('markup of evidence is none in a chat, and no line of its own in a mail', () => {
  expect(JSON.parse(formatSlack(notice).body).text).toContain('&lt;!channel&gt;');
  const { subject, text } = formatMail(notice);
  expect(subject).toBe('gaps: over 1 change in missing');
  expect(text.split('\n').filter((line) => line.startsWith('x'))).toEqual([]);
});
