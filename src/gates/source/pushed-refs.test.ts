import { describe, expect, it } from 'vitest';
import { readReceivedRefs } from './pushed-refs.ts';

const [NONE, OLD, NEXT] = ['0', 'a', 'b'].map((digit) => digit.repeat(40));

describe('the lines of a pre-receive hook', () => {
  it('D18: say what each ref has and gets; none means that it is new or deleted', () => {
    const text = `${OLD} ${NEXT} refs/heads/main\n${NONE} ${NEXT} refs/tags/v1\n${OLD} ${NONE} x\n`;
    expect(readReceivedRefs(text)).toEqual({
      ok: true,
      value: [
        { name: 'refs/heads/main', localId: NEXT, remoteId: OLD },
        { name: 'refs/tags/v1', localId: NEXT, remoteId: null },
        { name: 'x', localId: null, remoteId: OLD },
      ],
    });
  });

  it('D18: a line that is not understood is a failure, and never a push without refs', () => {
    for (const line of [`${OLD} refs/heads/main`, `${OLD} ${NEXT} a b`, 'x', `${OLD} ${NEXT}`])
      expect(readReceivedRefs(`${line}\n`)).toMatchObject({ failure: { code: 'MALFORMED' } });
  });
});
