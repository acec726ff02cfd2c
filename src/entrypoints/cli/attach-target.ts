import type { ReleaseSource } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import type { AttachPorts } from '../../phases/build/index.ts';
import { openCommandClient } from '../compose/command-registry.ts';
import { openWritableLayout } from '../compose/registry.ts';
import { parseTarget } from '../compose/targets.ts';
import type { Config } from '../config/config.ts';
import type { Io } from './io.ts';

export interface AttachTarget {
  readonly target: AttachPorts['target'] & ReleaseSource;
  readonly reference: ImageReference;
  readonly close: () => void;
}

/** An image on disk or in a registry, to which something is about to be attached. */
export async function openAttachTarget(
  text: string,
  { io, as }: { readonly io: Io; readonly as?: string | undefined },
  config: Config,
): Promise<AttachTarget> {
  const target = parseTarget(text, io.cwd);
  if (target.kind === 'layout') {
    const { target: layout, root } = await openWritableLayout(target.text);
    const scope = orThrow(parseImageReference(as ?? 'layout.invalid/image'));
    const reference = { ...scope, tag: null, digest: root.digest };
    return { target: layout, reference, close: () => undefined };
  }
  if (target.kind !== 'image')
    throw new Failure(
      'USAGE',
      `${target.text} is not an image`,
      'Name the image first, then the file: waybill attach IMAGE FILE.',
    );
  const client = await openCommandClient(config, io.env);
  return { target: client, reference: target.reference, close: () => client.close() };
}
