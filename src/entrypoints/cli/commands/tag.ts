import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import { openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TagCall } from '../options/artifacts.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Gives an artifact tags in its own repository; nothing is copied. */
export async function run(call: TagCall): Promise<Report> {
  const [text = '', ...tags] = call.args;
  const wrong = tags.find((tag) => !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag));
  // mutant tag-that-is-none by tag-and-delete: condition -> false
  if (wrong !== undefined)
    throw new Failure(
      'USAGE',
      `${JSON.stringify(wrong.slice(0, 150))} is no tag`,
      'Write up to 128 letters, digits, dots, hyphens and underscores.',
    );
  const config = await loadCallConfig(call);
  const { target, reference, close } = await openAttachTarget(text, { io: call.io }, config);
  try {
    const options = { signal: call.signal };
    const repository = formatRepository(reference);
    const { digest } = orThrow(await target.resolve(reference, options));
    const content = orThrow(await target.manifest(repository, digest, options));
    for (const tag of tags) orThrow(await target.pushManifest(repository, content, tag, options));
    const image = formatImageReference({ ...reference, digest });
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('tag', () => ({ image, tags })),
      blocks: () => [showLine(`${image} has now the tag ${tags.join(', ')}`)],
    };
  } finally {
    close();
  }
}
