import { expect, it } from 'vitest';
import { toInstant } from '../../../core/instant.ts';
import { view as releasesView } from './releases/view.ts';
import type { PolicyTrial } from './what-if/answer.ts';
import { view as whatIfView } from './what-if/view.ts';

const NO_CONTAINERS = { undigested: [], undigestedMore: false, silent: [], silentMore: false };
const moment = toInstant(Date.UTC(2026, 0, 1));

it('truth A17: a known version with other qualifiers is not called unknown', () => {
  const answer = {
    ...{ matched: ['pkg:deb/debian/zlib'], matchedMore: false, notCompared: [] },
    ...{ otherVersions: ['1.3'], releases: [], unknown: [], unknownMore: false, next: null },
  } as const;
  const note = (component: string) =>
    releasesView.listNotes?.(answer, { text: () => component, moment })[1];
  expect(note('zlib@1.2')).toBe('that version is unknown; the known versions are 1.3');
  expect(note('pkg:deb/debian/zlib@1.3?arch=arm64')).toBe(
    'nothing with that version and these qualifiers is known; the known versions are 1.3',
  );
});

it('truth A15: what-if says that it examined nothing', () => {
  const count = { allow: 0, deny: 0, undetermined: 0 };
  const lists = { newlyDenied: [], newlyAllowed: [], newlyUndetermined: [], unchanged: count };
  const open = { ...NO_CONTAINERS, observed: true };
  const about = { gate: 'admission', comparedWith: 'policy-in-force', more: false } as const;
  const notes = (examined: number) =>
    whatIfView.listNotes?.({ ...lists, ...about, ...open, examined }, { text: () => '', moment });
  expect(notes(0)).toContain('nothing was examined, so nothing is said about the policy');
  expect(notes(1)).toHaveLength(1);
});

it('truth A1: what-if does not pass what it did not examine', () => {
  const count = { allow: 0, deny: 0, undetermined: 0 };
  const lists = { newlyDenied: [], newlyAllowed: [], newlyUndetermined: [], unchanged: count };
  const open = { ...NO_CONTAINERS, observed: true };
  const about = { gate: 'admission', comparedWith: 'policy-in-force' } as const;
  const exit = (examined: number, more = false) =>
    whatIfView.pickExitCode?.({ ...lists, ...about, ...open, examined, more });
  expect([exit(1), exit(0), exit(1, true)]).toEqual([0, 3, 3]);
});

it('truth A1: what-if says where nobody observed what runs', () => {
  const count = { allow: 1, deny: 0, undetermined: 0 };
  const lists = { newlyDenied: [], newlyAllowed: [], newlyUndetermined: [], unchanged: count };
  const about = { comparedWith: 'policy-in-force', examined: 1, more: false } as const;
  const ask = (places: Pick<PolicyTrial, 'observed' | 'silent' | 'silentMore'>) => {
    const answer = { ...lists, ...about, ...NO_CONTAINERS, ...places, gate: 'admission' } as const;
    const notes = whatIfView.listNotes?.(answer, { text: () => '', moment }) ?? [];
    return [whatIfView.pickExitCode?.(answer), ...notes.slice(1)];
  };
  const known = { observed: true, silent: [], silentMore: false };
  const eu = { cluster: 'eu-1', region: null, until: moment };
  expect(ask(known)).toEqual([0]);
  expect(ask({ ...known, observed: null })).toEqual([0]); // the release gate
  const never = 'no cluster was observed, so it is not known what runs: waybill watch';
  expect(ask({ ...known, observed: false })).toEqual([3, never]);
  const gone = 'not observed, so it is not known what runs: eu-1 since 2026-01-01T00:00:00Z';
  expect(ask({ ...known, silent: [eu] })).toEqual([3, gone]);
});
