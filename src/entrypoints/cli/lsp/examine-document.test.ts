import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { limitMarks, markFailure } from './examine-document.ts';

describe('D5: the marks of a document', () => {
  it('are as many as the limit, and what is left out is counted', () => {
    const mark = markFailure(new Failure('MALFORMED', 'm', 'r'));
    const most = Array.from({ length: LIMITS.editorDiagnosticsMax }, () => mark);
    expect(limitMarks(most)).toEqual(most);
    const [first, ...others] = limitMarks([...most, mark]);
    expect(others).toHaveLength(LIMITS.editorDiagnosticsMax - 1);
    expect(first).toMatchObject({ line: 1, code: 'left-out' });
    expect(first?.message).toMatch(/^2 more/);
  });
});
