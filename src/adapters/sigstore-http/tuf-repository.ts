import type { TufRepository } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { attempt } from '../../core/result.ts';
import { openServiceExchange } from '../../system/http/service-exchange.ts';
import type { ServicePlace } from './json-service.ts';

const CODE = 'SIGNING_SERVICE_UNUSABLE';
/** Stores of objects say 403 for what is not there, where lists are not public. */
const ABSENT = new Set([403, 404]);

/** A TUF repository over HTTP: metadata at the base address, and targets below `targets`. */
export function openTufRepository(base: URL, { env, signal }: ServicePlace): TufRepository {
  const peer = `the TUF repository ${base.host}`;
  return {
    fetch: (path, bytesMax) =>
      attempt(async () => {
        const url = new URL(`${base.pathname.replace(/\/$/, '')}/${path}`, base);
        const exchange = openServiceExchange({ peer, env, signal, code: CODE, bytesMax });
        const { status, bytes } = await exchange.send({ method: 'GET', url });
        if (status === 200) return bytes;
        if (ABSENT.has(status)) return null;
        const why = `${peer} answered ${path} with the status ${status}`;
        throw new Failure(CODE, why, 'Try again later, or check its address.');
      }),
  };
}
