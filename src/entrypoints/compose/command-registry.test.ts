import { describe, expect, it } from 'vitest';
import { MemoryRegistry, pushImage } from '../../../test/support/evidence-world.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { limitWaiting } from './command-registry.ts';

/** The methods of a class are not its own members. */
function bindSource(registry: MemoryRegistry): ArtifactSource {
  return limitWaiting(registry, 60_000);
}

const REPOSITORY = 'registry.example.com/shop/trips';

describe('A command asks a registry', () => {
  it('truth B7: that is slow each time for so long in all, and no longer', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    let slowMs = 0;
    registry.pause = () => new Promise((resolve) => setTimeout(resolve, slowMs));
    const source = limitWaiting(registry, 400);
    expect((await source.manifest(REPOSITORY, image)).ok).toBe(true);
    slowMs = 100;
    const codes: string[] = [];
    for (let at = 0; at < 12; at++) {
      const answer = await source.referrers(REPOSITORY, image.digest);
      codes.push(answer.ok ? 'ok' : answer.failure.message);
    }
    expect(codes[0]).toBe('ok');
    expect(codes.at(-1)).toBe('the answers of the registry took more than 0 s in all');
  });

  it('truth B7: that never answers, until then; what the caller ended is his', async () => {
    const registry = new MemoryRegistry();
    const image = pushImage(registry, 'trips');
    const never: ArtifactSource['manifest'] = async (_repository, _wanted, options) => {
      await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
      return { ok: false, failure: new Failure('INTERRUPTED', 'ended', 'None.') };
    };
    const hanging: ArtifactSource = { ...bindSource(registry), manifest: never };
    const own = AbortSignal.timeout(10);
    const ended = await limitWaiting(hanging, 60_000).manifest(REPOSITORY, image, { signal: own });
    expect(ended).toMatchObject({ failure: { code: 'INTERRUPTED' } });
    const late = await limitWaiting(hanging, 20).manifest(REPOSITORY, image);
    expect(late).toMatchObject({ failure: { code: 'DEADLINE_EXCEEDED' } });
  });
});
