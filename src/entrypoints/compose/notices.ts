import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import {
  formatCloudEvent,
  formatMail,
  formatSlack,
  type Notice,
} from '../server/standing/notice.ts';
import type { NoticeTarget } from '../server/standing/standing-document.ts';

import type { TraceSettings } from '../server/traces/trace-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Delivers notices; the variables `WAYBILL_SMTP*` say by which server mail goes. */
export function openNotices(env: Environment) {
  return async (notice: Notice, target: NoticeTarget): Promise<void> => {
    const { postText, sendMail } = await import('../../adapters/notices/index.ts');
    switch (target.kind) {
      case 'webhook':
        return postText({ url: target.url, ...formatCloudEvent(notice, target), env });
      case 'slack':
        return postText({ url: target.url, ...formatSlack(notice), env });
      case 'email': {
        const mail = { id: notice.id, to: target.to, at: new Date(notice.at) };
        return sendMail(await readMailServer(env), { ...mail, ...formatMail(notice) });
      }
    }
  };
}

/** Sends spans to the collector of OpenTelemetry that the settings name. */
export function openSpanSender(env: Environment) {
  return async ({ url, headers }: TraceSettings, body: string): Promise<void> => {
    const { postText } = await import('../../adapters/notices/index.ts');
    const type = { 'Content-Type': 'application/json' };
    await postText({ url, headers: { ...headers, ...type }, body, env });
  };
}

async function readMailServer(env: Environment) {
  const { WAYBILL_SMTP: address, WAYBILL_SMTP_FROM: from = '' } = env;
  if (address === undefined || address === '')
    throw new Failure(
      'CONFIG_INVALID',
      'no mail server is named',
      'Set WAYBILL_SMTP=smtp://USER@HOST:587, WAYBILL_SMTP_FROM and WAYBILL_SMTP_PASSWORD.',
    );
  const password = env['WAYBILL_SMTP_PASSWORD'] ?? null;
  const { parseMailServer } = await import('../../adapters/notices/index.ts');
  return orThrow(parseMailServer(address, { from, password }));
}
