import { expect, it } from 'vitest';
import { chooseNode, readSigning } from '../../integrations/vscode/src/choices.ts';

const old = { path: '/editor', version: '22.22.1' };
const ask = (versions: Readonly<Record<string, string>>) => (program: string) =>
  new Map(Object.entries(versions)).get(program) ?? null;

it('D6: runs with a Node.js that is new enough, and with no other than the named one', () => {
  const node = ask({ node: 'v24.15.0\n', '/mine': 'v25.0.0\n', '/old': 'v24.14.9\n' });
  const own = { path: '/editor', version: '24.15.0' };
  expect(chooseNode({ set: '', own, ask: node })).toBe('/editor');
  expect(chooseNode({ set: '', own: old, ask: node })).toBe('node');
  expect(chooseNode({ set: '', own: old, ask: () => null })).toBe(null);
  expect(chooseNode({ set: '/mine', own, ask: node })).toBe('/mine');
  expect(chooseNode({ set: '/old', own, ask: node })).toBe(null);
  expect(chooseNode({ set: '/absent', own, ask: node })).toBe(null);
});

it('an answer that is not understood is no signed commit', () => {
  const ok = { status: 'ok', message: 'commits are signed with SSH', fix: null };
  expect(readSigning(ok)).toEqual(ok);
  for (const odd of [null, 'ok', {}, { status: 'unknown', message: '' }, { status: 'ok' }, [ok]])
    expect(readSigning(odd)).toBe(null);
});
