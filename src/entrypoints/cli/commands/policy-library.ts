import { LIBRARY } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { PolicyLibraryCall } from '../options/gates.ts';
import { showTable } from '../report/block.ts';
import { type Report, toDocument, toValue } from '../report/report.ts';

/** Lists the library, or prints one of its policies or the tests of it. */
export async function run({ args, options }: PolicyLibraryCall): Promise<Report> {
  const [name] = args;
  if (name === undefined) {
    if (options.tests)
      throw new Failure('USAGE', '--tests needs a name', 'Name a policy: waybill policy library.');
    return listAll();
  }
  const found = LIBRARY.find((one) => one.name === name);
  if (found === undefined)
    throw new Failure(
      'UNKNOWN_NAME',
      `the library has no policy ${JSON.stringify(name.slice(0, 100))}`,
      `It has ${LIBRARY.map((one) => one.name).join(', ')}.`,
    );
  return toDocument(Buffer.from(options.tests ? found.tests : found.policy));
}

function listAll(): Report {
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('policy-library', () => ({
      policies: LIBRARY.map(({ name, title, source }) => ({ name, title, source })),
    })),
    blocks: () => [
      showTable(
        ['NAME', 'WHAT', 'AFTER'],
        LIBRARY.map(({ name, title, source }) => [name, title, source]),
      ),
    ],
    hints: ['waybill policy library NAME > NAME.yaml', 'waybill policy library NAME --tests'],
  };
}
