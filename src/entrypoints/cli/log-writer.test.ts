import { describe, expect, it } from 'vitest';
import { createLogWriter, type LogFormat } from './log-writer.ts';

function writeOne(format: LogFormat, entry: Readonly<Record<string, unknown>>): string {
  let written = '';
  const write = (line: string): void => {
    written += line;
  };
  createLogWriter(format, { write })({ level: 'warn', event: 'decision', ...entry });
  return written;
}

describe('the log of a server', () => {
  it('says the level once, and the time in RFC 3339', () => {
    const line = writeOne('json', { decision: 'deny' });
    expect(line.match(/"level"/g)).toHaveLength(1);
    expect(JSON.parse(line)).toEqual({
      ...{ level: 'warn', event: 'decision', decision: 'deny' },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it('is one line of names and values as text', () => {
    const line = writeOne('text', {
      decision: 'deny',
      rules: ['a', 'b'],
      note: 'two words',
      no: null,
    });
    expect(line.replace(/^\S+/, 'TIME')).toBe(
      'TIME warn  decision decision=deny rules=["a","b"] note="two words"\n',
    );
  });

  it.each<LogFormat>(['json', 'text'])('A76: %s: no value begins another line', (format) => {
    const hostile = 'a\nTIME info decision=allow \u001b[2K\u2028\u202e"';
    const line = writeOne(format, { image: hostile, [`key${hostile}`]: 'x' });
    expect(line.trimEnd().split('\n')).toHaveLength(1);
    expect(line.includes('\u001b')).toBe(false);
    if (format === 'text') expect(line).not.toMatch(/[\u2028\u202e]/);
  });
});
