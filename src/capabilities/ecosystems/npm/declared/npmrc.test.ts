import { describe, expect, it } from 'vitest';
import { findConfiguredRegistry, parseNpmrc } from './npmrc.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('.npmrc', () => {
  it.each([
    ['registry=https://a.example/', 'x', 'a.example'],
    [' registry = https://a.example/npm/ ; a comment', 'x', 'a.example/npm'],
    ['registry=https://a.example\nregistry="https://b.example/"', 'x', 'b.example'],
    ['@s:registry=https://s.example\nregistry=https://a.example', '@s/x', 's.example'],
    ['@s:registry=https://s.example\nregistry=https://a.example', '@t/x', 'a.example'],
    ['\ufeffregistry=https://a.example\r\n', 'x', 'a.example'],
    ['# registry=https://a.example', 'x', undefined],
    ['[section]\nregistry=https://a.example', 'x', undefined],
    ['registry=not an address', 'x', null],
  ])('%j for %s is %s', (text, name, registry) => {
    const read = parseNpmrc(bytes(text));
    expect(read.ok && findConfiguredRegistry(read.value, name)).toBe(registry);
  });
});
