import { describe, expect, it } from 'vitest';
import { FAILURES, Failure, type FailureCode, toFailure } from './failure.ts';
import { attempt, fail, failed, ok, orThrow } from './result.ts';

describe('a failure', () => {
  it('carries its code, a sentence, a remedy and its cause', () => {
    const cause = new Error('ECONNREFUSED');
    const failure = new Failure('REGISTRY_UNREACHABLE', 'GET /v2/ failed', 'Check the host name.', {
      cause,
    });
    expect(failure).toMatchObject({
      name: 'Failure',
      code: 'REGISTRY_UNREACHABLE',
      remedy: 'Check the host name.',
      cause,
    });
    expect(failure.message).toBe('GET /v2/ failed');
    expect('cause' in new Failure('USAGE', 'm', 'r')).toBe(false);
  });

  it('a thrown Failure is kept; anything else is a defect of Waybill', () => {
    const failure = new Failure('NOT_FOUND', 'no such tag', 'Push it.');
    expect(toFailure(failure)).toBe(failure);
    expect(toFailure(new TypeError('x is undefined'))).toMatchObject({
      code: 'INTERNAL',
      message: 'x is undefined',
    });
    expect(toFailure('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
    expect(toFailure(undefined)).toMatchObject({ code: 'INTERNAL' });
  });
});

describe('the table of failures', () => {
  it.each(Object.entries(FAILURES))(
    '%s has an exit code that no pipeline reads as success',
    (code, { exit, meaning }) => {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect([2, 3, 4]).toContain(exit);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('gives exit code 3 for unreadable evidence, so no gate takes it for an answer', () => {
    const evidence: readonly FailureCode[] = [
      'MALFORMED',
      'DIGEST_MISMATCH',
      'REGISTRY_UNREACHABLE',
      'FACT_UNKNOWN',
    ];
    expect(evidence.map((code) => FAILURES[code].exit)).toEqual([3, 3, 3, 3]);
  });
});

describe('a result', () => {
  it('is a value or a failure, and orThrow throws the failure', () => {
    expect(orThrow(ok(7))).toBe(7);
    const failure = new Failure('NOT_FOUND', 'no such tag', 'Push it.');
    expect(() => orThrow(failed(failure))).toThrow(failure);
    const made = fail('MALFORMED', 'not JSON', 'Check it.', new Error('why'));
    expect(made.ok ? null : made.failure).toMatchObject({ code: 'MALFORMED', remedy: 'Check it.' });
  });

  it('catches what the work throws', async () => {
    expect(await attempt(async () => 7)).toEqual(ok(7));
    const broken = await attempt(() =>
      Promise.reject(new Failure('DISK_FULL', 'ENOSPC', 'Free some space.')),
    );
    expect(broken.ok ? null : broken.failure.code).toBe('DISK_FULL');
  });
});
