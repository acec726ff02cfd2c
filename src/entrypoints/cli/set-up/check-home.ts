import {
  dateFeed,
  dateOldest,
  type FeedCoverage,
  listStanding,
} from '../../../capabilities/advisories/index.ts';
import { DEFAULT_ADVISORY_AGE_DAYS } from '../../../capabilities/policy/index.ts';
import { formatCount } from '../../../core/count.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { type Check, createCheck, passCheck } from './check.ts';
import { EXPIRY_NOTICE_MS } from './check-documents.ts';
import type { Observations } from './observations.ts';

const DAY_MS = 86_400_000;
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export function checkKeys({ keys, keyFiles, now }: Observations): readonly Check[] {
  return [checkKeyCertificates(keys, now), checkPermissions(keyFiles)];
}

function checkKeyCertificates(keys: Observations['keys'], now: Instant): Check {
  if (!keys.ok) return createCheck('keys', 'unknown', keys.failure.message, keys.failure.remedy);
  if (keys.value.length === 0)
    return createCheck(
      'keys',
      'warning',
      'there is no signing key',
      'waybill key generate, or key generate NAME --request',
    );
  const until = (wanted: (validUntil: Instant) => boolean) =>
    keys.value.flatMap(({ name, certificate }) =>
      certificate !== null && wanted(certificate.validUntil)
        ? [`${name} (${formatInstant(certificate.validUntil)})`]
        : [],
    );
  const renew =
    'waybill key generate NEW --request, have it certified, then waybill key import NEW ' +
    'CHAIN and waybill trust add';
  const expired = until((at) => at <= now);
  if (expired.length > 0)
    return createCheck('keys', 'problem', `expired: ${expired.join(', ')}`, renew);
  const soon = until((at) => at <= now + EXPIRY_NOTICE_MS);
  if (soon.length > 0)
    return createCheck('keys', 'warning', `expire within 30 days: ${soon.join(', ')}`, renew);
  const waiting = keys.value
    .filter(({ certificate }) => certificate === null)
    .map(({ name }) => name);
  if (waiting.length > 0)
    return createCheck(
      'keys',
      'warning',
      `without a certificate: ${waiting.join(', ')}`,
      'waybill key import NAME CHAIN',
    );
  return passCheck('keys', `${formatCount(keys.value.length, 'key')}, valid for at least 30 days`);
}

function checkPermissions(files: Observations['keyFiles']): Check {
  if (!files.ok)
    return createCheck('key-permissions', 'unknown', files.failure.message, files.failure.remedy);
  const open = files.value
    .filter(({ mode }) => mode !== null && (mode & 0o077) !== 0)
    .map(({ path }) => path);
  if (open.length === 0) return passCheck('key-permissions', 'only the owner can read the keys');
  return createCheck(
    'key-permissions',
    'problem',
    `other users can read ${open.join(', ')}`,
    `chmod 600 ${open.join(' ')}`,
  );
}

export function checkAdvisories({ advisories, policy, now }: Observations): Check {
  const fix = 'waybill advisories update . (without a network: waybill advisories import FILE…)';
  if (!advisories.ok)
    return createCheck(
      'advisories',
      advisories.failure.code === 'FILE_UNREADABLE' ? 'unknown' : 'problem',
      advisories.failure.message,
      advisories.failure.remedy,
    );
  const { source, coverage, count, rejected } = advisories.value;
  if (source === 'sample')
    return createCheck(
      'advisories',
      'problem',
      'only the bundled sample is there, which proves nothing about what it does not contain',
      fix,
    );
  const standing = listStanding(coverage);
  const undated = standing.filter((feed) => dateFeed(feed) === null);
  if (standing.length === 0)
    return createCheck(
      'advisories',
      'problem',
      'no file that was imported is the feed of an ecosystem, so absence proves nothing',
      `Import a whole feed: ${fix}. Of a small one, say what it is all of: --covers ECOSYSTEM.`,
    );
  if (undated.length > 0) {
    const of = nameFeeds(undated);
    const age = `the age of the advisories for ${of} is unknown`;
    return createCheck('advisories', 'problem', age, fix);
  }
  const limit = readAgeLimit(policy);
  const stale = standing.filter((feed) => now - (dateFeed(feed) ?? 0) > limit.ageMaxMs);
  const ageDays = Math.floor((now - (dateOldest(standing) ?? now)) / DAY_MS);
  if (stale.length > 0)
    return createCheck(
      'advisories',
      'problem',
      `the data for ${nameFeeds(stale)} is up to ${formatCount(ageDays, 'day')} old, which is ` +
        `more than ${limit.whose} allows`,
      fix,
    );
  if (rejected > 0)
    return createCheck(
      'advisories',
      'warning',
      `${formatCount(rejected, 'record')} could not be read, so absence is not proven`,
      fix,
    );
  return passCheck(
    'advisories',
    `${formatCount(count, 'advisory', 'advisories')}, at most ${formatCount(ageDays, 'day')} old`,
  );
}

/** A home without a policy, or a policy that sets no limit, does not make old data good. */
function readAgeLimit(policy: Observations['policy']) {
  const set = policy.ok ? policy.value.parameters.values['advisoryAgeMax'] : null;
  // mutant no-policy-no-limit by checks: branch 2 -> { ageMaxMs: Infinity, whose: '' }
  return typeof set === 'number'
    ? { ageMaxMs: set, whose: 'the policy' }
    : { ageMaxMs: DEFAULT_ADVISORY_AGE_DAYS * DAY_MS, whose: 'the default policy' };
}

const FEEDS_NAMED_MAX = 10;

function nameFeeds(feeds: readonly FeedCoverage[]): string {
  const named = feeds
    .slice(0, FEEDS_NAMED_MAX)
    .map(({ ecosystem, feed }) => `${ecosystem} (${feed})`);
  const others = feeds.length - named.length;
  return others === 0 ? named.join(', ') : `${named.join(', ')} and ${others} more`;
}

export function checkDatabase({ database }: Observations): Check {
  if (database.ok) {
    return passCheck(
      'database',
      database.value.isThere
        ? 'the database has the schema of this version'
        : 'nothing is recorded yet; the first release or import creates the database',
    );
  }
  const { code, message, remedy } = database.failure;
  if (code === 'STORE_LOCKED')
    return createCheck('database', 'warning', message, 'waybill graph status');
  const isOpen = code === 'FILE_UNREADABLE' || code === 'INTERNAL';
  return createCheck(
    'database',
    isOpen ? 'unknown' : 'problem',
    message,
    code === 'STORE_UNSAFE'
      ? 'put it on a local disk: --home, WAYBILL_HOME, or home: in the file of --config'
      : remedy,
  );
}

export function checkServer({ serverCertificates, now }: Observations): Check {
  const fix =
    'restart waybill serve, which renews its own certificate; for one of yours: --tls-cert ' +
    'and --tls-key';
  if (!serverCertificates.ok)
    return createCheck(
      'server-tls',
      'unknown',
      serverCertificates.failure.message,
      serverCertificates.failure.remedy,
    );
  const listExpiring = (until: Instant) =>
    serverCertificates.value.filter(({ validUntil }) => validUntil <= until);
  const [expired, soon] = [listExpiring(now), listExpiring((now + EXPIRY_NOTICE_MS) as Instant)];
  const list = (all: typeof expired) =>
    all.map(({ path, validUntil }) => `${path} (${formatInstant(validUntil)})`).join(', ');
  if (expired.length > 0)
    return createCheck('server-tls', 'problem', `expired: ${list(expired)}`, fix);
  if (soon.length > 0)
    return createCheck(
      'server-tls',
      'warning',
      `expires within 30 days: ${list(soon)}`,
      `${fix}; then put the new authority into the webhook configuration`,
    );
  return passCheck(
    'server-tls',
    serverCertificates.value.length === 0
      ? 'no server has been started with this home folder yet'
      : 'valid for at least 30 days',
  );
}

export function checkClock({ recorded, now }: Observations): Check {
  const ahead = recorded.filter(({ at }) => at > now + CLOCK_TOLERANCE_MS);
  if (ahead.length === 0)
    return passCheck('clock', `${formatInstant(now)}, later than what was last recorded`);
  const what = ahead.map((one) => `${one.what} (${formatInstant(one.at)})`).join(', ');
  return createCheck(
    'clock',
    'problem',
    `the clock says ${formatInstant(now)}, and these times are later: ${what}`,
    'timedatectl set-ntp true, or set the clock; if it is right, it was ahead then: waybill graph verify',
  );
}

export function checkHome({ home, config }: Observations): Check {
  if (!home.ok) return createCheck('home', 'unknown', home.failure.message, home.failure.remedy);
  if (home.value === null)
    return passCheck(
      'home',
      `${config.ok ? config.value.home : 'the home folder'} is created when it is first needed`,
    );
  const { path, mode, isOurs } = home.value;
  if (!isOurs)
    return createCheck(
      'home',
      'problem',
      `${path} belongs to another user`,
      `sudo chown "$USER" ${path}`,
    );
  if (mode !== null && (mode & 0o022) !== 0)
    return createCheck('home', 'problem', `other users can change ${path}`, `chmod 700 ${path}`);
  if (mode !== null && (mode & 0o055) !== 0)
    return createCheck('home', 'warning', `other users can read ${path}`, `chmod 700 ${path}`);
  return passCheck('home', `only its owner can use ${path}`);
}
