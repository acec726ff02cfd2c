// npm run image [-- --output FOLDER] [--commit REVISION]: makes the container image of Waybill as
// an OCI layout. It uses only the commit, so a second build has the same digest.
// docs/guides/verify-waybill.md says how to check this.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCommit } from './image/checkout.ts';
import { writeLayout } from './image/layout.ts';
import { waybillImage } from './image/waybill-image.ts';

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: '.cache/image' },
    commit: { type: 'string', default: 'HEAD' },
  },
});
const built = await buildCommit(values.commit);
const { reference, manifest } = await writeLayout(
  resolve(values.output),
  await waybillImage(built),
);
console.log(`${reference}\n${manifest.descriptor.digest}`);
