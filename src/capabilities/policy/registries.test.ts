import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRepository, parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { isWithinPlaces, normalisePlace } from './registries.ts';

/** Whether the image may come from there, by the rule of a gate. */
function allowed(reference: string, ...places: readonly string[]): boolean {
  const normalised = places.map(normalisePlace).filter((place) => place !== null);
  return isWithinPlaces(formatRepository(orThrow(parseImageReference(reference))), normalised);
}

describe('an allowed place', () => {
  it.each([
    ['registry.example.com/shop/trips:1', 'registry.example.com'],
    ['registry.example.com/shop/trips:1', 'REGISTRY.example.com'],
    ['REGISTRY.EXAMPLE.COM/shop/trips:1', 'registry.example.com'],
    ['registry.example.com/shop/trips:1', 'registry.example.com/shop'],
    ['registry.example.com/shop/trips:1', 'registry.example.com/shop/*'],
    ['registry.example.com/shop/trips:1', 'registry.example.com/shop/trips'],
    ['registry.example.com:5000/shop/trips', 'registry.example.com:5000'],
    ['nginx', 'docker.io'],
    ['nginx', 'index.docker.io/library'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
  ])('I19: %s is in %s', (reference, place) => {
    expect(allowed(reference, place)).toBe(true);
  });

  it.each([
    ['registry.example.com.attacker.example/shop/trips', 'registry.example.com'],
    ['evil.registry.example.com/shop/trips', 'registry.example.com'],
    ['registry.example.com/shopping/trips', 'registry.example.com/shop'],
    ['registry.example.com/shop/trips-evil', 'registry.example.com/shop/trips'],
    ['registry.example.com:5000/shop/trips', 'registry.example.com'],
    ['registry.example.com/shop/trips', 'registry.example.com:443'],
    ['attacker.example/registry.example.com/shop/trips', 'registry.example.com'],
    ['localhost/registry.example.com/trips', 'registry.example.com'],
    ['shop/trips', 'registry.example.com/shop'],
    ['evil/nginx', 'docker.io/library'],
  ])('I19, G29, G30: %s is not in %s', (reference, place) => {
    expect(allowed(reference, place)).toBe(false);
  });

  it.each([
    '',
    '*',
    '/',
    'shop',
    'https://registry.example.com',
    'registry.example.com/',
    'registry.example.com//shop',
  ])('is not %j', (text) => {
    expect(normalisePlace(text)).toBeNull();
  });

  it.each([
    'registry.example.com/shop:1',
    'registry.example.com/a@sha256:b',
    'rеgistry.example.com',
    'a..example.com',
    '*.example.com',
  ])('G29: is not %j', (text) => {
    expect(normalisePlace(text)).toBeNull();
  });

  it('is normalised once and then does not change, and no text makes the reader throw', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.domain(),
      fc.webPath().map((path) => `registry.example.com${path}`),
    );
    fc.assert(
      fc.property(text, (place) => {
        const normalised = normalisePlace(place);
        if (normalised !== null) expect(normalisePlace(normalised)).toBe(normalised);
      }),
    );
  });
});
