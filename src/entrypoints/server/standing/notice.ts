import { createHmac } from 'node:crypto';
import { formatCount } from '../../../core/count.ts';
import { type AnswerInstant, formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { describeChange, type RowChange } from './answer-rows.ts';
import type { NoticeTarget } from './standing-document.ts';

/** What somebody is told: that a question has another answer. */
export interface Notice {
  /** The same change of the same question has the same id: a receiver drops a repetition. */
  readonly id: string;
  readonly standing: string;
  readonly question: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the server: `eu-1`. */
  readonly source: string;
  readonly at: AnswerInstant;
  readonly exitCode: number | null;
  readonly changes: readonly RowChange[];
  /** There were more changes than are listed. */
  readonly more: boolean;
}

export interface PostedNotice {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A CloudEvent in its structured form (CloudEvents 1.0, JSON and HTTP bindings). */
export function formatCloudEvent(
  notice: Notice,
  { secret }: NoticeTarget & { readonly kind: 'webhook' },
): PostedNotice {
  const { id, standing, at, source, ...said } = notice;
  const body = JSON.stringify({
    ...{ specversion: '1.0', id, source: `/waybill/${encodeURIComponent(source)}` },
    ...{ type: 'dev.waybill.answer.changed.v1', subject: standing, time: at },
    ...{ datacontenttype: 'application/json', data: { standing, ...said } },
  });
  const headers = { 'Content-Type': 'application/cloudevents+json; charset=utf-8' };
  if (secret === undefined) return { headers, body };
  const seconds = `${Math.floor(Date.parse(at) / 1_000)}`;
  return { headers: { ...headers, ...signDelivery(id, seconds, body, secret) }, body };
}

/** Standard Webhooks 1.0: id, time and body, by HMAC-SHA-256. */
export function signDelivery(id: string, seconds: string, body: string, secret: string) {
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature.digest('base64')}`,
  };
}

export function formatSlack(notice: Notice): PostedNotice {
  const text = [`*${escapeSlack(formatTitle(notice))}*`, ...listLines(notice).map(escapeSlack)];
  return {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ text: text.join('\n').slice(0, SLACK_CHARACTERS_MAX) }),
  };
}

/** What Slack would read as a link or a mention (its guide, "Escaping text"). */
function escapeSlack(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const SLACK_CHARACTERS_MAX = 35_000;

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

export function formatMail(notice: Notice): MailText {
  const words = Object.entries(notice.parameters).map(([name, value]) => `  ${name}: ${value}`);
  return {
    subject: formatTitle(notice),
    text: [
      `waybill ask ${notice.question}`,
      ...words.map(toOneLine),
      '',
      ...listLines(notice),
      '',
      `${notice.at}, by ${notice.source}, notice ${notice.id}`,
    ].join('\n'),
  };
}

function formatTitle({ standing, question, changes, more }: Notice): string {
  const count = formatCount(changes.length, 'change');
  return toOneLine(`${standing}: ${more ? 'over ' : ''}${count} in ${question}`);
}

function listLines({ changes, more }: Notice): readonly string[] {
  const lines = changes.map((change) => toOneLine(describeChange(change)));
  return more ? [...lines, '… and more'] : lines;
}

/** When a delivery that failed is tried again: after 5 s, then twice as long, up to an hour. */
export function chooseNextTry(attempts: number, nowMs: number): AnswerInstant {
  const waitMs = Math.min(5_000 * 2 ** Math.max(0, attempts - 1), 3_600_000);
  return formatAnswerInstant(toInstant(nowMs + waitMs));
}
