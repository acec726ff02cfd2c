import { join, resolve } from 'node:path';
import { formatRepository, parseImageReference } from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import { packIndex } from '../../compose/advisory-artifact.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { openIndexPlace } from '../../compose/pull-advisories.ts';
import { packArchive } from '../../compose/registry.ts';
import { rememberPacked } from '../../compose/seen-index.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesPackCall } from '../options/inventory.ts';
import type { Report } from '../report/report.ts';
import { openSpoolFolder } from '../spool.ts';
import { findPrevious, parseIndexNumber, showPacked } from './advisories-push.ts';

/** Packs the index into one signed file. */
export async function run(call: AdvisoriesPackCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { options, io, signal } = call;
  const named = orThrow(parseImageReference(call.args[0] ?? ''));
  const reference = { ...named, tag: 'latest', digest: null };
  const repository = formatRepository(reference);
  const number = parseIndexNumber(options.number);
  const key = orThrow(await openSigningKey(config, options.key, io.env));
  const spool = openSpoolFolder(config.home);
  try {
    const before =
      options.previous === undefined
        ? null
        : await openIndexPlace(config, {
            ...{ from: `oci-archive:${resolve(io.cwd, options.previous)}`, as: repository },
            ...{ env: io.env, cwd: io.cwd },
          });
    try {
      const previous = before === null ? null : await findPrevious(config, before, number, signal);
      const archive = await packArchive(join(spool.path, 'layout'));
      const place = { source: archive.target, target: archive.target, reference, tag: 'latest' };
      const packed = await packIndex(config, place, {
        ...{ key, spool: spool.path, previous, number, signal },
      });
      const file = resolve(io.cwd, options.to);
      await archive.write(file);
      rememberPacked(config, repository, packed.description.number);
      return showPacked('advisories-pack', packed, file, repository);
    } finally {
      before?.close();
    }
  } finally {
    spool.remove();
  }
}
