import { Failure, toFailure } from '../../../../core/failure.ts';

const KEEP = 'What was acknowledged before is kept.';

/** Errors of the server are told by SQLSTATE, never by a text or the name of a rule (GS12). */
type ErrorKind = 'busy' | 'late' | 'away' | 'refused' | 'missing' | 'full' | 'corrupt';

/** Whole states first, then classes (postgresql.org/docs/15/errcodes-appendix.html). */
const KINDS: ReadonlyMap<string, ErrorKind> = new Map([
  ['40P01', 'busy'],
  ['40001', 'busy'],
  ['55P03', 'busy'],
  ['57014', 'late'],
  ['57P01', 'away'],
  ['57P02', 'away'],
  ['57P03', 'away'],
  ['57P05', 'away'],
  ['25P03', 'away'],
  ['53300', 'away'],
  ['53100', 'full'],
  ['42501', 'refused'],
  ['25006', 'refused'],
  ['3F000', 'refused'],
  ['3D000', 'missing'],
  ['XX001', 'corrupt'],
  ['XX002', 'corrupt'],
  ['08', 'away'],
  ['28', 'refused'],
]);

/** What the server or its driver reports, as a Failure with a remedy. It never has a password. */
export function postgresFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const kind = classifyError(thrown);
  const why = thrown instanceof Error ? thrown.message.slice(0, 300) : 'no reason was given';
  const cause = { cause: thrown };
  switch (kind) {
    case 'busy':
      return new Failure(
        'STORE_LOCKED',
        `others hold what is to be written: ${why}`,
        'Run the command again, or end what holds it (pg_stat_activity shows it).',
        cause,
      );
    case 'late':
      return new Failure(
        'DEADLINE_EXCEEDED',
        `the database did not answer a statement in time: ${why}`,
        'Ask for less, or find out what keeps the server busy.',
        cause,
      );
    case 'away':
      return new Failure(
        'STORE_UNREACHABLE',
        `the database server cannot be reached: ${why}`,
        `Check that it runs, and its address in WAYBILL_DATABASE. ${KEEP}`,
        cause,
      );
    case 'missing':
      return new Failure(
        'STORE_REFUSED',
        `the database server refused: ${why}`,
        'Create the database: createdb NAME.',
        cause,
      );
    case 'refused':
      return new Failure(
        'STORE_REFUSED',
        `the database server refused: ${why}`,
        'Check the user, its password (PGPASSFILE) and its rights in this database.',
        cause,
      );
    case 'full':
      return new Failure(
        'DISK_FULL',
        `the disk of the database server is full: ${why}`,
        `Free some space and run the command again. ${KEEP}`,
        cause,
      );
    case 'corrupt':
      return new Failure(
        'STORE_CORRUPT',
        `the database is damaged: ${why}`,
        'Restore it from a backup.',
        cause,
      );
    default:
      return toFailure(thrown);
  }
}

/**
 * Whether the whole transaction may succeed if it is done again: it lost against others (40P01,
 * 40001), or the connection was lost.
 */
export function isPassing(failure: Failure): boolean {
  const state = readState(failure.cause);
  return state === '40P01' || state === '40001' || failure.code === 'STORE_UNREACHABLE';
}

function classifyError(thrown: unknown): ErrorKind | null {
  const state = readState(thrown);
  if (state !== null) return KINDS.get(state) ?? KINDS.get(state.slice(0, 2)) ?? null;
  if (!(thrown instanceof Error)) return null;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  // A certificate that does not convince is no absent server.
  if (/^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code))
    return 'refused';
  if (/^(?:E[A-Z]+|ERR_SOCKET_[A-Z_]+)$/.test(code)) return 'away';
  return LOST.some((text) => thrown.message.includes(text)) ? 'away' : null;
}

/** How the driver says without a code that there is no connection. */
const LOST = [
  'Connection terminated',
  'timeout expired',
  'not queryable',
  'connection error',
  'does not support SSL',
];

function readState(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null;
  const { code } = thrown;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code) ? code : null;
}
